// FAKE. The jobs of the pretend cloud: named steps one after the other, an instance that changes its state with them.
import { randomUUID } from 'node:crypto';
import { addEvent, addInstance, placeOn, wireDate } from './world.ts';
import type { FakeJob, Row, World } from './world.ts';

interface Work {
  readonly cmd: string;
  readonly event: string;
  readonly from: readonly string[];
  readonly during: string;
  readonly after: string;
  readonly steps: readonly string[];
}

export const works: Readonly<Record<string, Work>> = {
  startVirtualMachine: {
    cmd: 'StartVMCmd',
    event: 'VM.START',
    from: ['Stopped'],
    during: 'Starting',
    after: 'Running',
    steps: ['place', 'nics', 'disks', 'boot'],
  },
  stopVirtualMachine: {
    cmd: 'StopVMCmd',
    event: 'VM.STOP',
    from: ['Running'],
    during: 'Stopping',
    after: 'Stopped',
    steps: ['ask the guest', 'release'],
  },
  rebootVirtualMachine: {
    cmd: 'RebootVMCmd',
    event: 'VM.REBOOT',
    from: ['Running'],
    during: 'Running',
    after: 'Running',
    steps: ['reset'],
  },
  destroyVirtualMachine: {
    cmd: 'DestroyVMCmd',
    event: 'VM.DESTROY',
    from: ['Running', 'Stopped', 'Error'],
    during: 'Stopping',
    after: 'Destroyed',
    steps: ['stop', 'put aside'],
  },
  expungeVirtualMachine: {
    cmd: 'ExpungeVMCmd',
    event: 'VM.EXPUNGE',
    from: ['Destroyed'],
    during: 'Expunging',
    after: 'Expunged',
    steps: ['nics', 'volumes'],
  },
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function openJob(world: World, cmd: string, instance: Row): FakeJob {
  const job: FakeJob = {
    jobid: randomUUID(),
    cmd: `org.apache.cloudstack.api.command.user.vm.${cmd}`,
    jobstatus: 0,
    jobresultcode: 0,
    created: wireDate(),
    jobinstancetype: 'VirtualMachine',
    jobinstanceid: instance.id,
    progress: 0,
    steps: [],
  };
  world.jobs.unshift(job);
  return job;
}

/** Walks the steps; every beginning and end is told. */
async function walk(world: World, job: FakeJob, names: readonly string[], until: number = names.length): Promise<void> {
  for (const [index, name] of names.slice(0, until).entries()) {
    const step: FakeJob['steps'][number] = {
      name,
      state: 'running',
      started: wireDate(),
      percent: 0,
      ...(name === 'disks' ? { text: 'copying the template' } : {}),
    };
    job.steps.push(step);
    job.progress = Math.round((100 * index) / names.length);
    world.note(job);
    await pause(world.stepMs);
    Object.assign(step, { state: 'done', ended: wireDate(), percent: 100 });
  }
}

function close(
  world: World,
  job: FakeJob,
  outcome: { result?: unknown; failure?: { errorcode: number; errortext: string } },
): void {
  Object.assign(job, {
    jobstatus: outcome.failure ? 2 : 1,
    progress: 100,
    completed: wireDate(),
    jobresultcode: outcome.failure?.errorcode ?? 0,
    jobresult: outcome.failure ?? outcome.result,
  });
  world.note(job);
}

function move(world: World, instance: Row, state: string): void {
  instance.state = state;
  if (state === 'Running') placeOn(instance, 'kvm-02');
  else delete instance.hostname;
  world.change('virtualmachine', instance.id);
}

export function deploy(world: World, params: Readonly<Record<string, string>>): { id: string; jobid: string } {
  const name = params.name ?? `VM-${randomUUID().slice(0, 8)}`;
  const instance = addInstance(world, {
    ...params,
    name,
    state: 'Starting',
    networkids: params.networkids?.split(','),
  });
  instance.created = wireDate();
  const job = openJob(world, 'DeployVMCmd', instance);
  world.change('virtualmachine', instance.id);
  void runDeploy(world, instance, job);
  return { id: instance.id, jobid: job.jobid };
}

async function runDeploy(world: World, instance: Row, job: FakeJob): Promise<void> {
  const failure = world.failDeploy;
  await walk(world, job, ['starting', 'place', 'nics', 'disks', 'boot', 'running'], failure ? 2 : undefined);
  if (failure) {
    Object.assign(job.steps[1] ?? {}, { state: 'failed' });
    instance.placement = {
      considered: 2,
      text: failure,
      refused: [
        { host: 'kvm-01', why: '64 vCPUs wanted, 12 free' },
        { host: 'kvm-02', why: '512 GiB wanted, 21 GiB free' },
      ],
    };
    move(world, instance, 'Error');
    return close(world, job, { failure: { errorcode: 533, errortext: failure } });
  }
  move(world, instance, 'Running');
  addEvent(world, instance, { type: 'VM.START', description: `Instance ${String(instance.name)} runs on kvm-02` });
  close(world, job, { result: { virtualmachine: instance } });
}

/** Starts one of the works; undefined when the state does not allow it. */
export function begin(
  world: World,
  command: string,
  instance: Row,
  params: Readonly<Record<string, string>>,
): string | undefined {
  const work = works[command];
  if (!work || !work.from.includes(String(instance.state))) return undefined;
  const job = openJob(world, work.cmd, instance);
  move(world, instance, work.during);
  void run(world, work, instance, job, params);
  return job.jobid;
}

async function run(
  world: World,
  work: Work,
  instance: Row,
  job: FakeJob,
  params: Readonly<Record<string, string>>,
): Promise<void> {
  await walk(world, job, work.steps);
  addEvent(world, instance, { type: work.event, description: `${work.event} of ${String(instance.name)}` });
  const gone = work.after === 'Expunged' || params.expunge === 'true';
  if (gone) world.tables.virtualmachine.splice(world.tables.virtualmachine.indexOf(instance), 1);
  if (gone) world.change('virtualmachine', instance.id);
  else move(world, instance, work.after);
  close(world, job, { result: gone ? { success: true } : { virtualmachine: instance } });
}
