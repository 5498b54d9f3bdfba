// The way to a host: one typed call and its answer. The hub implements it over the hosts' links; the drivers of this folder
// put the cloud's verbs on it.
import { ApiError } from '#api/errors.ts';
import type { Call } from '#kernel/job.ts';
import type { Method, ParamsIn, Refusal, Reply } from '#protocol/messages.ts';

export interface HostCalls {
  /** Waits a little for a host that is reconnecting, then fails with HostUnreachable. `call` null: not part of a job. */
  call<M extends Method>(hostId: number, method: M, params: ParamsIn<M>, call: Call | null): Promise<Reply<M>>;
  isConnected(hostId: number): boolean;
}

/** The host cannot be reached now; what was asked may or may not have happened. */
export class HostUnreachable extends ApiError {
  constructor(text: string) {
    super('hostUnavailable', text);
  }
}

/** The host answered and did not do it. */
export class HostRefused extends ApiError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(
      refusal.code === 'refused' || refusal.code === 'invalid' ? 'invalidParameter' : 'resourceUnavailable',
      refusal.message,
    );
    this.refusal = refusal;
  }
}
