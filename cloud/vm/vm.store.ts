// Rows of instances: what verbs read and write of them.
import { virtualMachineMachine } from '#api/states/vm.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

export interface VmRow {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  hostId: number | null;
  lastHostId: number | null;
  name: string;
  displayName: string;
  instanceName: string;
  serviceOfferingId: number;
  templateId: number | null;
  hypervisor: string;
  state: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
  consolePassword: string | null;
  deleteProtection: boolean;
  details: Record<string, string>;
  keyPairs: string[];
  passwordEnabled: boolean;
  hostTags: string[];
  storageTags: string[];
  display: boolean;
  removed: Date | null;
  affinityGroupIds: number[];
}

const columns = sql`v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId", v.zone_id as "zoneId", v.host_id as "hostId", v.last_host_id as "lastHostId", v.name,
  v.display_name as "displayName", v.instance_name as "instanceName", v.service_offering_id as "serviceOfferingId", v.template_id as "templateId", v.hypervisor, v.state, v.cpus, v.cpu_mhz as "cpuMhz",
  v.memory_mib as "memoryMib", v.console_password as "consolePassword", v.delete_protection as "deleteProtection", v.details, v.key_pairs as "keyPairs",
  coalesce(t.password_enabled, false) as "passwordEnabled", o.host_tags as "hostTags", o.storage_tags as "storageTags", v.display, v.removed,
  v.affinity_group_ids as "affinityGroupIds"`;
const joined = sql`from vm v left join template t on t.id = v.template_id join service_offering o on o.id = v.service_offering_id`;

export const vmById = (tx: Tx, id: number): Promise<VmRow> =>
  tx.one(sql`select ${columns} ${joined} where v.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockVm = (tx: Tx, id: number): Promise<VmRow> =>
  tx.one(sql`select ${columns} ${joined} where v.id = ${id} for update of v`);

export const moveVm = (tx: Tx, id: number, event: EventOf<typeof virtualMachineMachine>): Promise<string> =>
  move(tx, { entity: 'virtualmachine', table: 'vm', machine: virtualMachineMachine }, id, event);

export const insertVm = async (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
  suffix: string,
): Promise<{ id: number; uuid: string; instanceName: string }> =>
  tx.one(sql`
  with made as (select nextval(pg_get_serial_sequence('vm', 'id')) as id)
  insert into vm ${insertColumns(values)} overriding system value
  select made.id, 'i-' || ${values['account_id']} || '-' || made.id || '-' || ${suffix}, ${sql.join(Object.values(values).map((value) => sql`${value}`))} from made
  returning id, uuid, instance_name as "instanceName"`);
const insertColumns = (values: Readonly<Record<string, unknown>>) =>
  sql`(id, instance_name, ${sql.join(Object.keys(values).map((name) => sql.raw(name)))})`;

export const changeVm = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update vm set ${sql.set(values)}, updated = now() where id = ${id}`)
    : Promise.resolve(0);

/** From now on it is to be started anew; jobs of this transaction count as attempts. */
export const wantAnew = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`update vm set ha_wanted = now() where id = ${id}`);

/** Is there another guest of that name in one of these networks? Looked up by the name, before anything else: networks have many
 * guests, a name few. */
export const nameTakenIn = async (
  tx: Tx,
  { name, networkIds, except = 0 }: { name: string; networkIds: readonly number[]; except?: number },
): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from (select id from vm where lower(name) = ${name.toLowerCase()} and removed is null and id <> ${except} offset 0) named
  where exists (select 1 from nic n where n.vm_id = named.id and n.network_id = any(${networkIds}) and n.removed is null) limit 1`)) !==
  undefined;

export interface OfferingRow {
  id: number;
  name: string;
  cpus: number | null;
  cpuMhz: number | null;
  memoryMib: number | null;
  customized: boolean;
  minCpus: number | null;
  maxCpus: number | null;
  minMemoryMib: number | null;
  maxMemoryMib: number | null;
  hostTags: string[];
  storageTags: string[];
  rootDiskGib: number | null;
  systemUse: boolean;
  offerHa: boolean;
  state: string;
  zoneIds: number[];
  dynamicScaling: boolean;
}
const offeringColumns = sql`
  o.id, o.name, o.cpus, o.cpu_mhz as "cpuMhz", o.memory_mib as "memoryMib", o.customized, o.min_cpus as "minCpus", o.max_cpus as "maxCpus", o.min_memory_mib as "minMemoryMib", o.max_memory_mib as "maxMemoryMib",
    o.host_tags as "hostTags", o.storage_tags as "storageTags", o.root_disk_gib as "rootDiskGib", o.system_use as "systemUse", o.offer_ha as "offerHa", o.state, o.zone_ids as "zoneIds", o.dynamic_scaling as "dynamicScaling"`;
export const serviceOfferingById = (tx: Tx, id: number): Promise<OfferingRow> =>
  tx.one(sql`select ${offeringColumns} from service_offering o where o.id = ${id}`);
export const offeringInZone = (
  tx: Tx,
  { id, zoneId }: { id: number; zoneId: number },
): Promise<OfferingRow & { zoneName: string; zoneState: string }> =>
  tx.one(
    sql`select ${offeringColumns}, z.name as "zoneName", z.allocation_state as "zoneState" from service_offering o, zone z where o.id = ${id} and z.id = ${zoneId}`,
  );

export const publicKeysOf = (
  tx: Tx,
  { accountId, names }: { accountId: number; names: readonly string[] },
): Promise<{ name: string; publicKey: string }[]> =>
  tx.rows(
    sql`select name, public_key as "publicKey" from ssh_keypair where account_id = ${accountId} and name = any(${names}) order by name`,
  );
export const userDataById = (tx: Tx, id: number): Promise<{ data: string; accountId: number }> =>
  tx.one(sql`select data, account_id as "accountId" from user_data where id = ${id}`);

/** The instance group of that name, made if there is none. */
export const groupByName = async (
  tx: Tx,
  { name, accountId, domainId }: { name: string; accountId: number; domainId: number },
): Promise<number> =>
  (
    await tx.one<{ id: number }>(sql`
  insert into instance_group(name, account_id, domain_id) values (${name}, ${accountId}, ${domainId}) on conflict (account_id, name) where removed is null do update set name = excluded.name returning id`)
  ).id;

/** Destroyed long enough ago; and those whose expunging ended halfway, which is tried again. */
export const dueForExpunge = (
  tx: Tx,
  olderThanS: number,
): Promise<{ id: number; uuid: string; accountId: number; domainId: number }[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.account_id as "accountId", v.domain_id as "domainId" from vm v where v.removed is null
    and ((v.state in ('Destroyed', 'Error') and coalesce(v.destroyed, v.updated) < now() - ${olderThanS} * interval '1 second') or (v.state = 'Expunging' and v.updated < now() - interval '20 seconds'))
    and not exists (select 1 from job j where j.resource_uuid = v.uuid and j.finished is null) order by v.id limit 200`);

export const forgetTags = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from resource_tag where resource_uuid = (select uuid from vm where id = ${id})`);
