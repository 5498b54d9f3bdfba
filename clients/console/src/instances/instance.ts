// What the console knows of an instance, and which states are on their way to another one.
import { virtualMachineMachine } from '#api/states/vm.ts';
import { next } from '#api/machine.ts';
import type { Item } from '../api/types.ts';

/** Why it is where it is: an extension of ours beside CloudStack's fields. */
export interface Placement {
  readonly host?: string;
  readonly considered?: number;
  readonly refused?: readonly { readonly host: string; readonly why: string }[];
  readonly text?: string;
}

export type Instance = Omit<Item<'listVirtualMachines'>, 'id' | 'placement'> & {
  readonly id: string;
  readonly placement?: Placement;
  /** The job that is changing it. */
  readonly jobid?: string;
  readonly jobstatus?: number;
};

export const ENTITY = 'virtualmachine';
export const states = Object.keys(virtualMachineMachine.states).filter(
  (state) => !(virtualMachineMachine.final as readonly string[]).includes(state),
);

export const titleOf = ({ displayname, name, id }: Instance): string => displayname || name || id;
export const stateOf = ({ state }: Instance): string => state ?? 'Unknown';
export const isBusy = ({ jobstatus, jobid }: Instance): boolean => jobid !== undefined && jobstatus === 0;
export const isTransitional = (instance: Instance): boolean =>
  isBusy(instance) || (virtualMachineMachine.transient as readonly string[]).includes(stateOf(instance));

/** Whether this event takes an instance out of the state it is in. */
export function canLeave(state: string, event: string): boolean {
  const step = next(virtualMachineMachine, state as never, event as never);
  return step !== undefined && step.to !== state;
}

export function addressOf({ nic, ipaddress }: Instance): string {
  const main = nic?.find(({ isdefault }) => isdefault) ?? nic?.[0];
  return main?.ipaddress ?? main?.ip6address ?? ipaddress ?? '';
}

export const placementOf = (instance: Instance): Placement | undefined => {
  const { placement } = instance;
  return placement && (placement.text || placement.refused?.length) ? placement : undefined;
};
