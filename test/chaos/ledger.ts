// What clients were told, written down as it was told, and in the end compared with what is: every acknowledged change is there,
// no accepted job is lost, no answer was taken back.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { Told } from './client.ts';

export type ThingKind = 'vm' | 'volume' | 'network' | 'address' | 'rule' | 'tag';
/** What may be said of a thing: for each aspect the values that are possible. One value is certainty. */
export type Facts = Readonly<Record<string, readonly string[]>>;

export interface Change {
  command: string;
  jobUuid?: string;
  /** A server said that it took it. */
  accepted: boolean;
  told: Told['outcome'];
  done: Facts;
  failed: Facts;
}
export interface Thing {
  kind: ThingKind;
  owner: string;
  id?: string;
  /** What it hangs on, by the client's own knowledge. */
  readonly about: Readonly<Record<string, string>>;
  /** It is not known what it is: nothing more is asked of it. */
  lost: boolean;
  changes: Change[];
}

export interface Ledger {
  readonly things: readonly Thing[];
  add(thing: Pick<Thing, 'kind' | 'owner' | 'about'>): Thing;
  note(thing: Thing, change: Change): void;
  /** Changes told to clients, by how they ended. */
  counts(): Record<Told['outcome'], number>;
}

export function openLedger(): Ledger {
  const things: Thing[] = [];
  const counts = { done: 0, failed: 0, unknown: 0 };
  return {
    things,
    add: (thing) => {
      const added: Thing = { ...thing, lost: false, changes: [] };
      things.push(added);
      return added;
    },
    note: (thing, change) => {
      thing.changes.push(change);
      counts[change.told] += 1;
      if (change.told === 'unknown') thing.lost = true;
    },
    counts: () => ({ ...counts }),
  };
}

/** An address is had by many, one after the other. */
export const idOf = ({ kind, owner }: Pick<Thing, 'kind' | 'owner'>, uuid: string): string =>
  kind === 'address' ? `${uuid}/${owner}` : uuid;

/** What is known of a thing by what was told. */
export const knownOf = ({ changes }: Thing): Facts =>
  changes.reduce<Facts>((facts, change) => after(facts, change, change.told), {});
export const is = (thing: Thing, aspect: string, ...values: string[]): boolean => {
  const known = thing.lost ? undefined : knownOf(thing)[aspect];
  return known !== undefined && known.every((value) => values.includes(value));
};

function after(facts: Facts, { done, failed }: Change, outcome: Told['outcome']): Facts {
  if (outcome === 'done') return { ...facts, ...done };
  if (outcome === 'failed') return { ...facts, ...failed };
  const either = { ...facts };
  for (const [aspect, values] of [...Object.entries(done), ...Object.entries(failed)])
    either[aspect] = [...new Set([...(either[aspect] ?? ['nothing']), ...values])];
  return either;
}

interface JobRow {
  uuid: string;
  state: string;
  about: string | null;
}

/** Compares with the database, at rest. */
export async function betrayed(tx: Tx, ledger: Ledger): Promise<string[]> {
  const uuids = ledger.things.flatMap(({ changes }) => changes.flatMap(({ jobUuid }) => jobUuid ?? []));
  const jobs = new Map(
    (
      await tx.rows<JobRow>(sql`select uuid, state, resource_uuid as about from job where uuid = any(${uuids}::uuid[])`)
    ).map((job) => [job.uuid, job]),
  );
  const wrong = ledger.things.flatMap((thing) => thing.changes.flatMap((change) => brokenPromise(change, jobs)));
  for (const [kind, expected] of expectations(ledger, jobs)) {
    const actual = new Map(
      (await tx.rows<{ id: string; facts: Record<string, string> }>(actualOf[kind])).map(({ id, facts }) => [
        id,
        facts,
      ]),
    );
    for (const [id, { facts, history }] of expected)
      for (const [aspect, values] of Object.entries(facts)) {
        const found = actual.get(id)?.[aspect] ?? 'nothing';
        if (!values.includes(found))
          wrong.push(
            `a ${kind} is not as clients were told: ${id} ${aspect} is ${found}, not ${values.join(' or ')} (${history})`,
          );
      }
  }
  return wrong;
}

function brokenPromise({ command, jobUuid, accepted, told }: Change, jobs: ReadonlyMap<string, JobRow>): string[] {
  if (jobUuid === undefined) return [];
  const state = jobs.get(jobUuid)?.state;
  if (accepted && state === undefined) return [`an accepted job is gone: ${command} ${jobUuid}`];
  if (told === 'done' && state !== 'done') return [`a job was told to be done and is ${state}: ${command} ${jobUuid}`];
  if (told === 'failed' && accepted && state === 'done')
    return [`a job was told to have failed and is done: ${command} ${jobUuid}`];
  return [];
}

type Expected = Map<string, { facts: Facts; history: string }>;

/** Things by kind and id: an address that was had twice is one thing. */
function expectations(ledger: Ledger, jobs: ReadonlyMap<string, JobRow>): Map<ThingKind, Expected> {
  const all = new Map<ThingKind, Expected>();
  for (const thing of ledger.things) {
    const made = thing.changes.flatMap(({ jobUuid }) => jobs.get(jobUuid ?? '')?.about ?? [])[0];
    const id = thing.id ?? (made === undefined ? undefined : idOf(thing, made));
    if (id === undefined) continue; // nobody knows whether it was ever made
    const expected = all.get(thing.kind) ?? (new Map() as Expected);
    all.set(thing.kind, expected);
    const before = expected.get(id) ?? { facts: {}, history: '' };
    expected.set(id, {
      facts: thing.changes.reduce((facts, change) => after(facts, change, outcomeOf(change, jobs)), before.facts),
      history: [before.history, ...thing.changes.map((change) => `${change.command} ${outcomeOf(change, jobs)}`)]
        .filter(Boolean)
        .join(', '),
    });
  }
  return all;
}

/** What became of it in truth, where a job tells. */
function outcomeOf({ jobUuid, told }: Change, jobs: ReadonlyMap<string, JobRow>): Told['outcome'] {
  if (jobUuid === undefined) return told;
  const state = jobs.get(jobUuid)?.state;
  return state === undefined ? (told === 'unknown' ? 'failed' : told) : state === 'done' ? 'done' : 'failed';
}

const actualOf: Readonly<Record<ThingKind, Sql>> = {
  vm: sql`select uuid as id, jsonb_build_object('state', case when removed is null then state else 'gone' end) as facts from vm`,
  volume: sql`select d.uuid as id, jsonb_build_object('state', case when d.removed is null then d.state else 'gone' end, 'on', coalesce(v.uuid::text, ''),
    'gib', (d.size_bytes >> 30)::text) as facts from volume d left join vm v on v.id = d.vm_id`,
  network: sql`select uuid as id, jsonb_build_object('state', case when removed is null then 'there' else 'gone' end) as facts from network`,
  address: sql`select p.uuid || '/' || a.name as id, jsonb_build_object('state', 'there') as facts from public_ip p join account a on a.id = p.account_id where p.state <> 'Free'`,
  rule: sql`select uuid as id, jsonb_build_object('state', case when removed is null then 'there' else 'gone' end) as facts from network_rule`,
  tag: sql`select resource_uuid || '/' || key as id, jsonb_build_object('value', value) as facts from resource_tag`,
};
