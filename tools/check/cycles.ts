// Cycles of a graph of files. Of each knot it finds one shortest cycle, which is what one needs to see to cut it.

type Graph = ReadonlyMap<string, readonly string[]>;

/** One shortest cycle of every strongly connected part, starting with the name that sorts first. */
export function cyclesOf(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of [...graph.keys()].toSorted()) {
    if (done.has(start)) continue;
    const cycle = shortestBack(graph, start);
    if (!cycle) continue;
    cycles.push(cycle);
    for (const name of knotOf(graph, start)) done.add(name);
  }
  return cycles;
}

/** Breadth first from `start` until an edge leads back to it. */
function shortestBack(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const next of graph.get(at) ?? []) {
      if (next === start) return pathTo(at, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const before = cameFrom.get(end);
  return before === undefined ? [end] : [...pathTo(before, cameFrom), end];
}

/** Everything that `start` reaches and that reaches `start`. */
function knotOf(graph: Graph, start: string): string[] {
  const backwards = new Map<string, string[]>();
  for (const [from, targets] of graph)
    for (const to of targets) backwards.set(to, [...(backwards.get(to) ?? []), from]);
  const reaching = reachable(backwards, start);
  return [...reachable(graph, start)].filter((name) => reaching.has(name));
}

function reachable(graph: Graph, start: string): Set<string> {
  const seen = new Set([start]);
  for (const at of seen) for (const next of graph.get(at) ?? []) seen.add(next);
  return seen;
}
