// What an account that is going still has, thing by thing.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

interface Thing {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
}
export interface Guest extends Thing {
  name: string;
  state: string;
  volumeIds: number[];
  busy: boolean;
  failure: string | null;
}
export interface Network extends Thing {
  name: string;
  deleting: boolean;
  busy: boolean;
  failure: string | null;
}
export interface Image extends Thing {
  name: string;
  busy: boolean;
  failure: string | null;
}
export interface Volume extends Thing {
  name: string;
  sizeBytes: number;
  state: string;
}
export interface Address extends Thing {
  address: string;
  state: string;
  networkId: number | null;
}

/** The last job about it that ended badly since the account's own job began. */
const failure = sql`(select j.error->>'text' from job j where j.resource_uuid = t.uuid and j.state = 'failed' and j.finished > started.at order by j.id desc limit 1)`;
const busy = sql`exists (select 1 from job j where j.resource_uuid = t.uuid and j.finished is null)`;
const started = (jobUuid: string) =>
  sql`(select coalesce((select started from job where uuid = ${jobUuid}), now() - interval '1 hour') as at) started`;

export const guestsLeft = (tx: Tx, accountId: number, jobUuid: string): Promise<Guest[]> =>
  tx.rows(sql`
  select t.id, t.uuid, t.account_id as "accountId", t.domain_id as "domainId", t.name, t.state, ${busy} as busy, ${failure} as failure,
    array(select v.id from volume v where v.vm_id = t.id and v.type <> 'ROOT' and v.removed is null) as "volumeIds"
  from vm t, ${started(jobUuid)} where t.account_id = ${accountId} and t.removed is null order by t.id limit 200`);
export const networksLeft = (tx: Tx, accountId: number, jobUuid: string): Promise<Network[]> =>
  tx.rows(sql`
  select t.id, t.uuid, t.account_id as "accountId", t.domain_id as "domainId", t.name, t.deleting is not null as deleting, ${busy} as busy, ${failure} as failure
  from network t, ${started(jobUuid)} where t.account_id = ${accountId} and t.removed is null order by t.id limit 200`);
export const volumesLeft = (tx: Tx, accountId: number): Promise<Volume[]> =>
  tx.rows(sql`
  select id, uuid, account_id as "accountId", domain_id as "domainId", name, size_bytes as "sizeBytes", state from volume
  where account_id = ${accountId} and removed is null and vm_id is null and state not in ('Destroy', 'Expunging', 'Expunged') order by id limit 200 for update`);
export const addressesLeft = (tx: Tx, accountId: number): Promise<Address[]> =>
  tx.rows(sql`
  select id, uuid, account_id as "accountId", domain_id as "domainId", host(address) as address, state, network_id as "networkId" from public_ip where account_id = ${accountId} and state <> 'Free' order by id for update`);
export const closeNetwork = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update network set deleting = now() where id = ${id} and deleting is null`);
export const imagesLeft = (tx: Tx, accountId: number, jobUuid: string): Promise<Image[]> =>
  tx.rows(sql`
  select t.id, t.uuid, t.account_id as "accountId", t.domain_id as "domainId", t.name, ${busy} as busy, ${failure} as failure
  from template t, ${started(jobUuid)} where t.account_id = ${accountId} and t.removed is null order by t.id limit 200`);
/** Images of these accounts that instances of others use. */
export const imagesInUse = (
  tx: Tx,
  accountIds: readonly number[],
): Promise<{ name: string; account: string; vm: string }[]> =>
  tx.rows(sql`
  select t.name, a.name as account, v.name as vm from template t join account a on a.id = t.account_id join vm v on (v.template_id = t.id or v.iso_id = t.id) and v.removed is null
  where t.account_id = any(${accountIds}) and t.removed is null and v.account_id <> all(${accountIds}) order by t.id limit 20`);
