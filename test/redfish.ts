// The simulator's Redfish service for machines that are nothing but their power, and remember what was done with it.
import { openRedfish, type Redfish as Service, type SystemPower } from '#agent/sim/redfish.ts';

export interface RedfishSystem {
  power: SystemPower;
  /** Types of reset it was asked for and did. */
  readonly resets: string[];
}
export interface Redfish extends Service {
  readonly systems: Map<string, RedfishSystem>;
}

export async function startRedfish({
  tls,
  systems: ids = ['1'],
}: { tls?: { key: string; cert: string }; systems?: readonly string[] } = {}): Promise<Redfish> {
  const systems = new Map<string, RedfishSystem>(ids.map((id) => [id, { power: 'On', resets: [] }]));
  const service = await openRedfish({
    ...(tls ? { tls } : {}),
    machines: {
      names: () => systems.keys(),
      power: (name) => systems.get(name)?.power,
      reset: (name, type) => {
        const one = systems.get(name)!;
        one.resets.push(type);
        if (type === 'ForceOff') one.power = 'Off';
        if (type === 'On') one.power = 'On';
      },
    },
  });
  return { ...service, systems };
}
