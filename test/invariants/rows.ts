// Invariants of the database by itself: every job at its end and told of once, nothing on its way, nothing that belongs to nobody.
import type { Machine } from '#api/machine.ts';
import { firewallRuleMachine, networkMachine, publicIpMachine } from '#api/states/network.ts';
import { virtualMachineMachine } from '#api/states/vm.ts';
import { volumeMachine } from '#api/states/storage.ts';
import { sql } from '#kernel/sql.ts';
import type { Invariant } from './invariant.ts';

const jobs: readonly Invariant[] = [
  {
    name: 'a job has not ended',
    wrong: sql`select concat_ws(' ', kind, uuid, state, 'blocked', blocked, 'epoch', epoch, doing) as what from job where finished is null order by id`,
  },
  { name: 'a lane is not empty', wrong: sql`select key || ' waiting ' || waiting as what from lane` },
  { name: 'a job stands in a lane', wrong: sql`select key || ' job ' || job_id as what from job_lane` },
  {
    name: 'the end of a job was not told once',
    wrong: sql`select concat_ws(' ', j.kind, j.uuid, j.state, count(e.id), 'times') as what from job j left join event e on e.start_id = j.start_event and e.state = 'Completed'
      where j.finished is not null and j.start_event is not null and exists (select 1 from event s where s.id = j.start_event) group by j.id having count(e.id) <> 1`,
  },
  {
    // but for attempts that failed and were followed by another
    name: 'a job is done and has a step that was undone',
    wrong: sql`select j.kind || ' ' || j.uuid || ' ' || s.name as what from job j join job_step s on s.job_id = j.id where j.state = 'done' and s.undone
      and not exists (select 1 from job_step a where a.job_id = j.id and a.undone and a.out ? 'code')`,
  },
  {
    name: 'a job is done and was being undone',
    wrong: sql`select kind || ' ' || uuid as what from job where state = 'done' and undoing`,
  },
];

const atRest = (table: string, { transient }: Machine, except: readonly string[] = []): Invariant => ({
  name: `a row of ${table} is on its way`,
  wrong: sql`select uuid || ' is ' || state as what from ${sql.raw(table)} where state = any(${transient.filter((state) => !except.includes(state))})
    ${table === 'public_ip' ? sql.empty : sql`and removed is null`}`,
});

const states: readonly Invariant[] = [
  atRest('vm', virtualMachineMachine),
  atRest('router', virtualMachineMachine),
  atRest('volume', volumeMachine),
  atRest('network', networkMachine),
  atRest('public_ip', publicIpMachine),
  atRest('network_rule', firewallRuleMachine),
  {
    name: 'a row of network_rule is on its way',
    wrong: sql`select uuid || ' is ' || state as what from network_rule where state = 'Staged' and removed is null`,
  },
  {
    name: 'a network is being deleted',
    wrong: sql`select uuid::text as what from network where deleting is not null and removed is null`,
  },
  {
    name: 'a host is letting go of a network',
    wrong: sql`select 'host ' || host_id || ' network ' || network_id as what from host_network where removing is not null`,
  },
  {
    name: 'a router was not told the newest',
    wrong: sql`select r.name || ' is at ' || r.applied_generation || ' of ' || w.generation as what from router r join network w on w.id = r.network_id
      where r.removed is null and r.state = 'Running' and r.applied_generation <> w.generation`,
  },
];

const belonging: readonly Invariant[] = [
  {
    name: 'a card belongs to no guest',
    wrong: sql`select n.mac || ' of ' || v.name || ', which is ' || v.state as what from nic n join vm v on v.id = n.vm_id
      where n.removed is null and (v.removed is not null or v.state in ('Error', 'Expunged'))`,
  },
  {
    name: 'a card is in no network',
    wrong: sql`select n.mac as what from nic n join network w on w.id = n.network_id where n.removed is null and w.removed is not null`,
  },
  {
    name: 'a running guest has no card',
    wrong: sql`select v.name as what from vm v where v.state = 'Running' and v.removed is null and not exists (select 1 from nic n where n.vm_id = v.id and n.removed is null)`,
  },
  {
    name: 'a disk is on a guest that is gone',
    wrong: sql`select d.uuid || ' on ' || v.name as what from volume d join vm v on v.id = d.vm_id where d.removed is null and v.removed is not null`,
  },
  {
    name: 'a root disk is on no guest',
    wrong: sql`select uuid::text as what from volume where type = 'ROOT' and removed is null and vm_id is null`,
  },
  {
    name: 'an address is taken by nobody',
    wrong: sql`select host(p.address) || ' is ' || p.state as what from public_ip p left join network w on w.id = p.network_id left join account a on a.id = p.account_id
      where p.state not in ('Free', 'Reserved') and (w.id is null or w.removed is not null or a.id is null or a.removed is not null)`,
  },
  {
    name: 'a free address is somebody’s',
    wrong: sql`select host(address) as what from public_ip where state = 'Free' and (account_id is not null or network_id is not null or static_nat_vm_id is not null or source_nat)`,
  },
  {
    name: 'a network has not one way out',
    wrong: sql`select w.uuid || ' has ' || count(p.id) as what from network w join network_offering o on o.id = w.offering_id left join public_ip p on p.network_id = w.id and p.source_nat
      where w.removed is null and w.state = 'Implemented' and w.guest_type = 'Isolated' and o.services ? 'SourceNat' group by w.id having count(p.id) <> 1`,
  },
  {
    name: 'static NAT leads to nobody',
    wrong: sql`select host(p.address) as what from public_ip p left join vm v on v.id = p.static_nat_vm_id where p.static_nat_vm_id is not null and (v.removed is not null or v.state in ('Error', 'Expunged'))`,
  },
  {
    name: 'a rule is of no address or guest',
    wrong: sql`select f.uuid || ' ' || f.purpose as what from network_rule f join network w on w.id = f.network_id left join public_ip p on p.id = f.public_ip_id left join vm v on v.id = f.vm_id
      where f.removed is null and (w.removed is not null or p.state = 'Free' or p.network_id is distinct from coalesce(f.network_id, p.network_id) and f.public_ip_id is not null or v.removed is not null)`,
  },
  {
    name: 'a network identifier is not the network’s',
    wrong: sql`select w.uuid || ' has ' || w.vni as what from network w left join vni i on i.physical_network_id = w.physical_network_id and i.vni = w.vni
      where w.removed is null and w.vni is not null and i.network_id is distinct from w.id`,
  },
  {
    name: 'a network identifier is taken by nobody',
    wrong: sql`select i.vni::text as what from vni i left join network w on w.id = i.network_id where i.network_id is not null and (w.id is null or w.removed is not null or w.vni is distinct from i.vni)
      and not exists (select 1 from host_network h where h.network_id = i.network_id and h.vni = i.vni)`,
  },
  {
    name: 'a router is of no network',
    wrong: sql`select r.name as what from router r join network w on w.id = r.network_id where r.removed is null and (w.removed is not null or w.state not in ('Implemented', 'Setup'))`,
  },
  {
    name: 'a tag is on nothing',
    wrong: sql`select t.resource_type || ' ' || t.resource_uuid || ' ' || t.key as what from resource_tag t left join vm v on v.uuid = t.resource_uuid left join volume d on d.uuid = t.resource_uuid left join network w on w.uuid = t.resource_uuid
      where t.resource_type in ('UserVm', 'Volume', 'Network') and (coalesce(v.id, d.id, w.id) is null or coalesce(v.removed, d.removed, w.removed) is not null)`,
  },
  {
    name: 'a worker is written down that is not alive',
    wrong: sql`select name || ' last heard ' || beat as what from worker where beat < clock_timestamp() - interval '30 seconds'`,
  },
];

export const inRows: readonly Invariant[] = [...jobs, ...states, ...belonging];
