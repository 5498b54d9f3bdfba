// How the simulated world misbehaves: knobs, turned for everything, a zone, a pod, a host, or one link of a host. Of several
// settings of one knob the most particular stands; of equally particular ones the last.
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const knobs = z.strictObject({
  /** Nothing is answered and nothing is said, but links stay open: a machine that hangs. Guests on it stand still. */
  dead: z.boolean(),
  /** Links are closed and not dialled again; what ran on it is lost, disks are not: a machine without power. */
  crashed: z.boolean(),
  /** No byte passes in either direction and no new link comes up, but guests run on: a network that is cut. */
  partitioned: z.boolean(),
  /** Added to every call, spread by half. */
  latencyMs: z.number().min(0).max(3_600_000),
  /** Share of calls that fail before they have done anything. */
  failShare: share,
  /** Share of calls that are done but whose answer is lost, as it is in the world: with the link it was on. */
  loseReplyShare: share,
});
export type Knobs = z.output<typeof knobs>;

export const AT_REST: Knobs = Object.freeze({
  dead: false,
  crashed: false,
  partitioned: false,
  latencyMs: 0,
  failShare: 0,
  loseReplyShare: 0,
});

/** Where a knob is turned. `server` is the `host:port` a link leads to; without it all links of the host are meant. */
export const where = z.strictObject({
  zone: z.string().optional(),
  pod: z.string().optional(),
  host: z.string().optional(),
  server: z.string().optional(),
});
export type Where = z.output<typeof where>;

/** Where a host is, as knobs name it. */
export interface Position {
  readonly name: string;
  readonly pod?: string;
  readonly zone?: string;
}

interface Rule {
  where: Where;
  set: Partial<Knobs>;
}

const particular = ({ zone, pod, host, server }: Where): number =>
  (server ? 8 : 0) + (host ? 4 : 0) + (pod ? 2 : 0) + (zone ? 1 : 0);
const sameWhere = (a: Where, b: Where): boolean =>
  a.zone === b.zone && a.pod === b.pod && a.host === b.host && a.server === b.server;

export const covers = (rule: Where, { name, pod, zone }: Position): boolean =>
  (rule.host === undefined || rule.host === name) &&
  (rule.pod === undefined || rule.pod === pod) &&
  (rule.zone === undefined || rule.zone === zone);

export class KnobBoard {
  readonly #rules: Rule[] = [];
  readonly #listeners = new Set<(where: Where) => void>();

  /** As it stands for a host, or for its link to one server. */
  of(host: Position, server?: string): Knobs {
    const rules = this.#rules.filter(
      (rule) => covers(rule.where, host) && (rule.where.server === undefined || rule.where.server === server),
    );
    return rules.length === 0 ? AT_REST : Object.assign({ ...AT_REST }, ...rules.map((rule) => rule.set));
  }

  turn(at: Where, set: Partial<Knobs>): void {
    const known = this.#rules.findIndex((rule) => sameWhere(rule.where, at));
    const [before] = known < 0 ? [] : this.#rules.splice(known, 1);
    this.#rules.push({ where: at, set: { ...before?.set, ...set } });
    this.#rules.sort((a, b) => particular(a.where) - particular(b.where));
    this.#tell(at);
  }

  /** Takes back what was set there for these: what stands for more than it counts again. */
  unset(at: Where, names: readonly (keyof Knobs)[]): void {
    const rule = this.#rules.find((one) => sameWhere(one.where, at));
    if (!rule) return;
    rule.set = Object.fromEntries(Object.entries(rule.set).filter(([name]) => !names.includes(name as keyof Knobs)));
    this.#tell(at);
  }

  /** Everything as it was made, here or (without `at`) everywhere. */
  rest(at?: Where): void {
    const kept = at ? this.#rules.filter((rule) => !sameWhere(rule.where, at)) : [];
    this.#rules.splice(0, this.#rules.length, ...kept);
    this.#tell(at ?? {});
  }

  turned(): readonly Rule[] {
    return this.#rules;
  }

  onTurn(listener: (where: Where) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(at: Where): void {
    for (const listener of this.#listeners) listener(at);
  }
}
