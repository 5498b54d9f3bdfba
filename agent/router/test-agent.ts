// For tests: the networking half of an agent, alone, in the host's namespace. Not part of the product.
import type { NetworkSpec, NicSpec } from '#protocol/messages.ts';
import { applyNetwork, removeNetwork } from '../net/network.ts';
import { attachTap, detachTap } from '../net/tap.ts';
import { routerLeftovers } from './leftovers.ts';
import { makeRouters } from './routers.ts';
import { serve } from './test-rpc.ts';

const [dir, runDir] = process.argv.slice(2) as [string, string];
const routers = makeRouters({
  dir,
  runDir,
  onRepaired: (...args) => tell('repaired', ...args),
  onPasswordTaken: (...args) => tell('taken', ...args),
  onTrouble: (router, error) => tell('trouble', router, error.message),
});
const tell = serve(
  {
    ...routers,
    applyNetwork: (spec: NetworkSpec, underlayIp: string) => applyNetwork(spec, { underlayIp }),
    removeNetwork: (vni: number) => removeNetwork(vni),
    attachTap: (nic: NicSpec) => attachTap(nic),
    detachTap: (card: { tap: string; mac: string }) => detachTap(card),
    leftovers: () => routerLeftovers(runDir),
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  },
  () => routers.stop(),
);
