// What can be done with an instance and when. The states come from the same machine as the server's.
// Invariant: an action that is not possible says why, in a sentence.
import type { IconName } from '../parts/icons.tsx';
import { session } from '../api/session.ts';
import { t } from '../words/t.ts';
import { canLeave, isBusy, stateOf } from './instance.ts';
import type { Instance } from './instance.ts';

export type ActionName = 'start' | 'stop' | 'reboot' | 'console' | 'recover' | 'destroy' | 'expunge';

export interface Action {
  readonly name: ActionName;
  readonly icon: IconName;
  readonly command:
    | 'startVirtualMachine'
    | 'stopVirtualMachine'
    | 'rebootVirtualMachine'
    | 'createConsoleEndpoint'
    | 'recoverVirtualMachine'
    | 'destroyVirtualMachine'
    | 'expungeVirtualMachine';
  /** Whether an instance in this state can be asked for it. */
  readonly from: (state: string) => boolean;
  /** It is asked about before it is done. */
  readonly asks: boolean;
  readonly removes?: boolean;
  /** May be done to several at once. */
  readonly bulk: boolean;
}

export const actions: readonly Action[] = [
  {
    name: 'start',
    icon: 'play',
    command: 'startVirtualMachine',
    from: (state) => canLeave(state, 'StartRequested'),
    asks: false,
    bulk: true,
  },
  {
    name: 'stop',
    icon: 'stop',
    command: 'stopVirtualMachine',
    from: (state) => state === 'Running',
    asks: true,
    bulk: true,
  },
  {
    name: 'reboot',
    icon: 'reboot',
    command: 'rebootVirtualMachine',
    from: (state) => state === 'Running',
    asks: true,
    bulk: true,
  },
  {
    name: 'console',
    icon: 'screen',
    command: 'createConsoleEndpoint',
    from: (state) => state === 'Running' || state === 'Migrating',
    asks: false,
    bulk: false,
  },
  {
    name: 'recover',
    icon: 'back',
    command: 'recoverVirtualMachine',
    from: (state) => canLeave(state, 'RecoveryRequested'),
    asks: false,
    bulk: true,
  },
  {
    name: 'destroy',
    icon: 'trash',
    command: 'destroyVirtualMachine',
    from: (state) => state === 'Running' || canLeave(state, 'DestroyRequested'),
    asks: true,
    removes: true,
    bulk: true,
  },
  {
    name: 'expunge',
    icon: 'flame',
    command: 'expungeVirtualMachine',
    from: (state) => state === 'Destroyed',
    asks: true,
    removes: true,
    bulk: true,
  },
];

export const actionNamed = (name: ActionName): Action => actions.find((action) => action.name === name)!;
export const labelOf = ({ name }: Action): string => t(`instances.${name}`);

/** What this installation allows, as listCapabilities tells it. */
export interface Allowed {
  readonly allowuserexpungerecovervm?: boolean;
}

/** Why it cannot be done now; undefined when it can. */
export function reasonAgainst(action: Action, instance: Instance, allowed: Allowed = {}): string | undefined {
  const state = stateOf(instance);
  const watching = action.name === 'console';
  if (!watching && isBusy(instance)) return t('instances.why.busy');
  if (!action.from(state)) return t('instances.why.state', { state });
  if (action.removes && instance.deleteprotection) return t('instances.why.protected');
  const forUsers = allowed.allowuserexpungerecovervm !== false || session.get()?.roleType !== 'User';
  if ((action.name === 'expunge' || action.name === 'recover') && !forUsers) return t('instances.why.capability');
  return undefined;
}

/** The wire parameters of doing it to this instance. */
export const paramsOf = (action: Action, id: string): Readonly<Record<string, string>> =>
  action.name === 'console' ? { virtualmachineid: id } : { id };
