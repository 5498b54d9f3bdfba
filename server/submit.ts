// Putting a job in line for a command, and the events that go with a command: scheduled when it is submitted, completed
// when its job ends, or completed at once.
import type { Command } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { isUuid } from '#base/id.ts';
import type { Caller, Cx, Owner } from '#cloud/context.ts';
import type { Tx } from '#kernel/db.ts';
import { enqueue } from '#kernel/queue.ts';
import { insertEvent, type EventRow } from '#kernel/event.ts';
import { tellChange } from '#kernel/move.ts';
import { scheduled } from './event-texts.ts';

export function submitter({
  tx,
  command,
  caller,
  customJobId,
}: {
  tx: Tx;
  command: Command;
  caller: Caller;
  customJobId: string | undefined;
}): Pick<Cx, 'enqueue'> {
  if (customJobId !== undefined && !isUuid(customJobId))
    fail('invalidParameter', `customjobid is '${customJobId.slice(0, 60)}'; a UUID is accepted`, {
      parameter: 'customjobid',
    });
  return {
    enqueue: async (flow, input, { lanes, about, owner }) => {
      const { accountId, domainId } = owner ?? caller;
      const startEvent: EventRow | undefined =
        command.event === undefined
          ? undefined
          : {
              type: command.event,
              state: 'Scheduled',
              description: scheduled({ command: command.name, uuid: about ?? null }),
              userId: caller.userId,
              accountId,
              domainId,
              resourceType: command.resource ?? null,
              resourceUuid: about ?? null,
              startId: null,
            };
      const job = await enqueue(tx, flow, input, {
        lanes,
        uuid: customJobId,
        command: command.name,
        userId: caller.userId,
        accountId,
        domainId,
        resourceType: command.resource,
        resourceUuid: about ?? null,
        startEvent,
      });
      return { ...job, creates: command.mode === 'async-create' ? (about ?? null) : null };
    },
  };
}

interface EventAbout {
  description: string;
  uuid?: string;
  type?: string;
  resourceType?: string;
  owner?: Owner;
  tells?: string;
  command: Command;
  caller: Caller;
}

export async function writeEvent(
  tx: Tx,
  { description, uuid, type, resourceType, owner, tells, command, caller }: EventAbout,
): Promise<void> {
  const kind = type ?? command.event;
  if (!kind) return;
  const { accountId, domainId } = owner ?? caller;
  const event: EventRow = {
    type: kind,
    state: 'Completed',
    description,
    userId: caller.userId,
    accountId,
    domainId,
    resourceType: resourceType ?? command.resource ?? null,
    resourceUuid: uuid ?? null,
    startId: null,
  };
  if (tells && uuid) await tellChange(tx, { entity: tells, uuid, accountId, domainId }, event);
  else await insertEvent(tx, event);
}
