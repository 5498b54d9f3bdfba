// The drivers of controllers as one: who is meant stands in the controller's row.
import type { Controller, PowerDriver } from '#cloud/out-of-band/driver.ts';
import type { Settings } from '#kernel/settings.ts';
import { fail } from '#api/errors.ts';
import { ipmiPower } from './ipmi.ts';
import { redfishPower } from './redfish.ts';

/** `authority`: the certificate of the cloud's own, which controllers may show certificates of. */
export const powerDrivers = (settings: Settings, { authority }: { authority: string }): PowerDriver =>
  oneOf([ipmiPower(settings), redfishPower(settings, { authority })]);

export function oneOf(drivers: readonly PowerDriver[]): PowerDriver {
  const names = drivers.flatMap((driver) => driver.names);
  const of = ({ driver }: Controller): PowerDriver =>
    drivers.find((one) => one.names.includes(driver)) ??
    fail('invalidParameter', `driver is '${driver.slice(0, 40)}'; accepted: ${names.join(', ')}`, {
      parameter: 'driver',
    });
  return {
    names,
    check: (controller) => of(controller).check(controller),
    status: (controller, signal) => of(controller).status(controller, signal),
    act: (controller, action, signal) => of(controller).act(controller, action, signal),
    changePassword: (controller, password, signal) => of(controller).changePassword(controller, password, signal),
  };
}
