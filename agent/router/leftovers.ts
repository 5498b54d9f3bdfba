// What on this machine looks like part of a router, for leak checks: after the last remove there is nothing.
// Links are those of the network namespace the caller is in; namespaces, processes and files are the machine's.
import { readdir, readFile } from 'node:fs/promises';
import { cableEnds } from '../net/iproute.ts';
import { ROUTER_GUEST_SIDE, ROUTER_PUBLIC_SIDE } from '../net/interface-names.ts';
import { NAMESPACE_DIR, NAMESPACE_PREFIX } from './names.ts';
import { RUN_DIR } from './routers.ts';

/** Each with its kind and its name: `namespace nr-0123abcd`, `link nrg-0123abcd`, `process 4711 dnsmasq --conf-file=…`, `files …`. */
export async function routerLeftovers(runDir = RUN_DIR): Promise<string[]> {
  const [namespaces, cables, processes, files] = await Promise.all([
    readdir(NAMESPACE_DIR).catch(() => []),
    cableEnds(),
    ourProcesses(runDir),
    readdir(runDir).catch(() => []),
  ]);
  return [
    ...namespaces.filter((name) => name.startsWith(NAMESPACE_PREFIX)).map((name) => `namespace ${name}`),
    ...cables
      .map((link) => link.ifname)
      .filter((name) => name.startsWith(ROUTER_GUEST_SIDE) || name.startsWith(ROUTER_PUBLIC_SIDE))
      .map((name) => `link ${name}`),
    ...processes,
    ...files.map((name) => `files ${runDir}/${name}`),
  ];
}

async function ourProcesses(runDir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
        .split('\0')
        .filter((part) => part !== '');
      const ours = argv.some(
        (part) =>
          part.startsWith(`--conf-file=${runDir}/`) || part.startsWith(`--net=${NAMESPACE_DIR}/${NAMESPACE_PREFIX}`),
      );
      return ours ? `process ${pid} ${argv.join(' ')}` : null;
    }),
  );
  return found.filter((line) => line !== null);
}
