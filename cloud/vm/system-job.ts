// What the system itself does to an instance: a job in the instance's lane, like any other, so that it meets neither what an
// owner asked for nor another duty. It belongs to the instance's owner and is asked for by the system.
import type { Tx } from '#kernel/db.ts';
import type { Workflow } from '#kernel/job.ts';
import { enqueue, type Enqueued } from '#kernel/queue.ts';
import { SYSTEM } from '../identity/system.ts';

export interface OwnedVm {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
}

export const enqueueForVm = <I>(
  tx: Tx,
  flow: Pick<Workflow<I, unknown, never>, 'kind' | 'version'>,
  input: I,
  { id, uuid, accountId, domainId }: OwnedVm,
): Promise<Enqueued> =>
  enqueue(tx, flow, input, {
    lanes: [`vm:${id}`],
    userId: SYSTEM.userId,
    accountId,
    domainId,
    resourceType: 'VirtualMachine',
    resourceUuid: uuid,
  });
