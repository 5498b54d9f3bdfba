// What the cloud asks of a host's controller (BMC): is the machine under power, and change that. A driver speaks a protocol; which
// hosts are managed, what their state is by our books, and whose turn it is stand above it.
// Invariant: Off is said only where the controller said so.
import { ApiError, type ErrorCode } from '#api/errors.ts';

export type Power = 'On' | 'Off';
/** `off` takes the power away; `soft` asks the system to end by itself; `reset` keeps the power; `cycle` takes it away for a moment. */
export type PowerAction = 'on' | 'off' | 'soft' | 'cycle' | 'reset';

/** A controller and how to log in to it. */
export interface Controller {
  driver: string;
  address: string;
  port: number;
  username: string;
  password: string;
}

export interface PowerDriver {
  /** Names of the protocols it speaks, as operators write them. */
  readonly names: readonly string[];
  /** Refuses what the protocol could not carry, before it is kept: names the parameter. */
  check(controller: Controller): void;
  status(controller: Controller, signal: AbortSignal): Promise<Power>;
  /** Comes back when the controller took it on, not when it has happened. */
  act(controller: Controller, action: PowerAction, signal: AbortSignal): Promise<void>;
  /** Changes the password of the user it logs in as. */
  changePassword(controller: Controller, password: string, signal: AbortSignal): Promise<void>;
}

/** `unreachable`: nobody answers there. `login`: the controller refused user or password. `unsupported`: it cannot do that, or not
 * in the state it is in. `timeout`: it may or may not have happened. `failed`: it answered with something else. */
export type PowerFailureKind = 'unreachable' | 'login' | 'unsupported' | 'timeout' | 'failed';

const codes = {
  unreachable: 'resourceUnavailable',
  login: 'resourceUnavailable',
  unsupported: 'unsupported',
  timeout: 'operationTimedOut',
  failed: 'resourceUnavailable',
} as const satisfies Record<PowerFailureKind, ErrorCode>;

export class PowerFailure extends ApiError {
  readonly kind: PowerFailureKind;
  constructor(kind: PowerFailureKind, text: string, cause?: unknown) {
    super(codes[kind], text, cause === undefined ? {} : { cause });
    this.kind = kind;
  }
}
