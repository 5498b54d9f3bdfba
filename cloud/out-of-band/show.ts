// Management of a host through its controller, as answers show it; never with its password.
import type { Shape } from '#api/define.ts';
import type { outOfBandManagementResponse } from '#api/infra/host-responses.ts';
import type { ResultCx } from '../context.ts';
import { managedHost } from './out-of-band.store.ts';

type View = Shape<typeof outOfBandManagementResponse>;

/** What answers about a host hold of it: columns of its controller's row, null where there is none. */
export interface ControllerColumns {
  enabled: boolean;
  driver: string;
  address: string;
  port: number;
  username: string;
}

export const controllerView = (controller: ControllerColumns | null, powerState: string): View => ({
  enabled: controller?.enabled ?? false,
  powerstate: powerState,
  ...(controller
    ? {
        driver: controller.driver,
        address: controller.address,
        port: String(controller.port),
        username: controller.username,
      }
    : {}),
});

/** The answer of a command about one host: what is, and what was done. */
export async function showController(
  cx: Pick<ResultCx, 'tx'>,
  hostId: number,
  said: { description: string; action?: string },
): Promise<View> {
  const host = await managedHost(cx.tx, hostId);
  return host
    ? { hostid: host.uuid, ...controllerView(host, host.powerState), status: true, ...said }
    : { enabled: false, powerstate: 'Disabled', status: true, ...said }; // the host was deleted meanwhile
}
