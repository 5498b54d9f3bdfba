// createConsoleEndpoint: a link to the guest's screen that opens once.
import { randomBytes } from 'node:crypto';
import { createConsoleEndpoint } from '#api/vm/access.ts';
import { fail } from '#api/errors.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import type { Db } from '#kernel/db.ts';
import type { Sealer } from '#kernel/seal.ts';
import { implement } from '../context.ts';
import { endToken, insertToken, takeToken } from './console.store.ts';
import { vmById } from './vm.store.ts';

const TTL_S = 60;

export interface ConsoleTarget {
  tokenUuid: string;
  hostId: number;
  name: string;
  password: string;
}

export const createEndpoint = implement(createConsoleEndpoint, async (cx, params) => {
  const vm = await vmById(cx.tx, params.virtualMachineId);
  if (vm.state !== 'Running' || vm.hostId === null)
    fail('wrongState', `The instance is ${vm.state}; the screen of one that is Running can be opened`, {
      parameter: 'virtualmachineid',
    });
  const token = randomBytes(24).toString('base64url');
  await insertToken(cx.tx, {
    token_hash: cx.sealer.hash(token),
    purpose: 'console',
    body: JSON.stringify({ vmId: vm.id, hostId: vm.hostId }),
    creator_address: cx.sourceIp,
    user_id: cx.caller.userId,
    account_id: vm.accountId,
    domain_id: vm.domainId,
    expires: new Date(databaseNowMs() + TTL_S * 1000),
  });
  await cx.event({
    type: 'VM.CONSOLE',
    description: `The screen of instance ${vm.name} was opened`,
    uuid: vm.uuid,
    owner: vm,
  });
  const base = new URL(cx.settings.text('endpoint.url') || 'http://127.0.0.1:8080/client/api');
  const port = base.port || (base.protocol === 'https:' ? '443' : '80');
  return {
    success: true,
    url: `${base.origin}/client/screen.html?token=${token}&name=${encodeURIComponent(vm.name)}`,
    websocket: { host: base.hostname, port, path: 'client/websockify', token },
  };
});

/** Whose screen the token opens. It opens it once, and only while the guest runs. */
export async function takeConsoleToken(
  { db, sealer }: { db: Db; sealer: Sealer },
  token: string,
  clientAddress?: string,
): Promise<ConsoleTarget | undefined> {
  if (!/^[\w-]{16,128}$/.test(token)) return undefined;
  const taken = await takeToken(db.read, sealer.hash(token), clientAddress);
  if (!taken) return undefined;
  const vm = await vmById(db.read, taken.body.vmId);
  if (vm.hostId === null || vm.consolePassword === null || vm.removed) return undefined;
  return { tokenUuid: taken.uuid, hostId: vm.hostId, name: vm.instanceName, password: sealer.open(vm.consolePassword) };
}

export const endConsole = ({ db }: { db: Db }, uuid: string): Promise<number> => endToken(db.read, uuid).catch(() => 0);
