// All answers of a KVM host, put together from the rooms that own them. It is a literal map: a method of the protocol
// without a handler does not compile.
import type { Handlers } from './dispatch.ts';
import { deleteImage, downloadImage, fetchTemplate, statImageStore } from './image/image.ts';
import { kvmHandlers } from './kvm/handlers.ts';
import type { Kvm } from './kvm/kvm.ts';
import type { ReceiveOptions } from './kvm/receive.ts';
import { answers } from './net/answers.ts';
import { applyNetwork, removeNetwork } from './net/network.ts';
import type { Routers } from './router/routers.ts';

export type HostHandlerOptions = {
  kvm: Kvm;
  routers: Routers;
  underlayIp: string;
  /** Where the specs of networks are kept, so that a host that reboots alone has them again. */
  networksDir: string;
  /** How guests come from other hosts, over the underlay. */
  receive: Omit<ReceiveOptions, 'address'>;
};

export function hostHandlers({ kvm, routers, underlayIp, networksDir, receive }: HostHandlerOptions): Handlers {
  return {
    ...kvmHandlers(kvm, { ...receive, address: underlayIp }),
    'template.fetch': (params, { progress }) => fetchTemplate(params, { progress }),
    'image.download': (params, { progress }) => downloadImage(params, { progress }),
    'image.delete': async (params) => {
      await deleteImage(params);
      return {};
    },
    'image.stat': (params) => statImageStore(params),
    'network.apply': async (params) => {
      await applyNetwork(params, { underlayIp, dir: networksDir });
      return {};
    },
    'network.remove': async ({ vni }) => {
      await removeNetwork(vni, { dir: networksDir });
      return {};
    },
    'host.probe': async ({ address }) => ({ reached: await answers(address, { port: receive.ports.first }) }),
    'router.apply': (params) => routers.apply(params),
    'router.remove': async ({ id }) => {
      await routers.remove(id);
      return {};
    },
    'router.list': async () => ({ routers: await routers.list() }),
  };
}
