// One host of a laboratory: network, mount, UTS and cgroup namespaces with a libvirt daemon of its own. A process that
// only sleeps (the anchor) holds the mount namespace; everything the host runs shares its UTS namespace.
// Where the machine has no control groups, or cannot give them away, the host works without them.
import { mkdir, readFile, rm, rmdir, readdir, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { run, runStatus, startDetached } from '../process.ts';
import { namespaceNumber, processesOf } from './belonging.ts';
import { ensureAddress, ensureBridge, ensureCable, ensureNetns, ip } from './fabric.ts';
import { LAB_ENVIRONMENT, netnsFile, PUBLIC_BRIDGE, utsFile } from './names.ts';
import type { Lab, LabHost } from './names.ts';
import { endProcesses } from './sweep.ts';

const LAUNCH = new URL('./launch.ts', import.meta.url).pathname;
/** In the host's private /run; written when the host's mounts are complete. */
const READY_MARK = '/run/nephos-lab-host';
const LIBVIRT_PID = '/run/libvirtd.pid';

async function until(condition: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Arguments before a command that make it run inside the host. */
export const enter = (anchor: number): string[] => [
  'nsenter',
  '--target',
  String(anchor),
  '--net',
  '--mount',
  '--uts',
  ...CGROUP_FLAG,
  '--',
];
const CGROUP_FLAG: string[] = (await exists('/proc/self/ns/cgroup')) ? ['--cgroup'] : [];

/** `hideKvm`: /dev/kvm is there but no guest boots with it; libvirt would spend seconds asking QEMU what it can do with it. */
export async function startHost(lab: Lab, host: LabHost, options: { hideKvm: boolean }): Promise<void> {
  await wire(lab, host);
  await writeConfiguration(host);
  const anchor = (await anchorOf(lab, host)) ?? (await dropAnchor(lab, host));
  if (!(await exists(`/proc/${anchor}/root${READY_MARK}`))) await furnish(lab, host, { anchor, ...options });
  if ((await libvirtdOf(lab, host, anchor)) === undefined) await startLibvirtd(lab, host, anchor);
}

async function wire(lab: Lab, host: LabHost): Promise<void> {
  await ensureNetns(host.netns);
  await ensureCable(lab, { port: `u${host.index}`, bridge: 'underlay', netns: host.netns, link: 'phy0' });
  await ensureAddress(host.netns, 'phy0', `${host.underlayIp}/24`);
  await ensureBridge(host.netns, PUBLIC_BRIDGE);
  await ensureCable(lab, { port: `p${host.index}`, bridge: 'public', netns: host.netns, link: 'phy1' });
  await ip('-n', host.netns, 'link', 'set', 'phy1', 'master', PUBLIC_BRIDGE);
}

async function writeConfiguration(host: LabHost): Promise<void> {
  for (const dir of ['lib/qemu', 'lib/images', 'lib/boot', 'etc', 'log/qemu'])
    await mkdir(`${host.dir}/${dir}`, { recursive: true });
  await mkdir(`${dirname(host.dir)}/cache/qemu`, { recursive: true }); // one for all: what QEMU can do is the same for each
  const uuidFile = `${host.dir}/uuid`;
  if (!(await exists(uuidFile))) await writeFile(uuidFile, randomUUID());
  await writeFile(
    `${host.dir}/etc/libvirtd.conf`,
    [
      `host_uuid = "${await readFile(uuidFile, 'utf8')}"`,
      'unix_sock_rw_perms = "0700"',
      'auth_unix_rw = "none"',
      'auth_unix_ro = "none"',
      'log_level = 3',
      'log_outputs = "3:file:/var/log/libvirt/libvirtd.log"',
      '',
    ].join('\n'),
  );
  await writeFile(
    `${host.dir}/etc/qemu.conf`,
    [
      'user = "root"',
      'group = "root"',
      'dynamic_ownership = 0',
      'remember_owner = 0',
      'security_driver = "none"',
      'stdio_handler = "file"',
      'namespaces = []',
      'vnc_listen = "127.0.0.1"',
      `migration_address = "${host.underlayIp}"`,
      `migration_host = "${host.underlayIp}"`,
      '',
    ].join('\n'),
  );
  await writeFile(`${host.dir}/etc/libvirt.conf`, '');
}

const belongs = async (lab: Lab, host: LabHost): Promise<number[]> => {
  const uts = await namespaceNumber(utsFile(lab.name, host.index));
  return uts === undefined ? [] : processesOf({ uts: new Set([uts]), net: new Set() });
};

/** The process that holds the host's namespaces, when it runs. */
export async function anchorOf(lab: Lab, host: LabHost): Promise<number | undefined> {
  const pid = Number(await readFile(`${host.dir}/anchor.pid`, 'utf8').catch(() => ''));
  return (await belongs(lab, host)).includes(pid) ? pid : undefined;
}

async function dropAnchor(lab: Lab, host: LabHost): Promise<number> {
  await endProcesses(() => belongs(lab, host)); // without the anchor nothing of an earlier life can be reached any more
  const kept = utsFile(lab.name, host.index);
  await run(['umount', kept]).catch(() => {});
  await mkdir(dirname(kept), { recursive: true });
  await writeFile(kept, '');
  const groups = await makeControlGroups(host);
  const argv = [
    'nsenter',
    `--net=${netnsFile(host.netns)}`,
    '--',
    'unshare',
    '--mount',
    '--propagation',
    'private',
    `--uts=${kept}`,
    ...CGROUP_FLAG,
    'sleep',
    'infinity',
  ];
  const pid = await launch(
    lab,
    groups.map((group) => group.dir),
    argv,
  );
  await until(
    async () => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'sleep',
    10_000,
    `host ${host.hostname} got no namespaces`,
  );
  for (const group of groups)
    if (group.inner !== group.dir) await writeFile(`${group.inner}/cgroup.procs`, String(pid)).catch(() => {});
  for (const group of groups) if (group.version === 2) await passControllers(group.dir);
  await writeFile(`${host.dir}/anchor.pid`, String(pid));
  return pid;
}

const launch = (lab: Lab, groups: string[], argv: string[]): Promise<number> =>
  startDetached(
    [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      LAUNCH,
      ...groups.flatMap((dir) => ['--cgroup', `${dir}/cgroup.procs`]),
      '--',
      ...argv,
    ],
    { env: { [LAB_ENVIRONMENT]: lab.name }, cwd: '/' },
  );

type ControlGroup = {
  version: 1 | 2;
  dir: string;
  /** Where the host's processes are: in version 2 a group that hands out controllers may hold none itself. */
  inner: string;
  /** Mount options of the hierarchy, and where it is mounted. */
  options: string;
  mountPoint: string;
};

async function controlGroupsOf(netns: string): Promise<ControlGroup[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return mounts
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, mountPoint, type, options]) => {
      const dir = `${mountPoint}/${netns}`;
      const controllers = options!
        .split(',')
        .filter(
          (option) =>
            ![
              'rw',
              'ro',
              'nosuid',
              'nodev',
              'noexec',
              'relatime',
              'nsdelegate',
              'memory_recursiveprot',
              'seclabel',
            ].includes(option) && !option.startsWith('release_agent'),
        );
      return {
        version: type === 'cgroup2' ? 2 : 1,
        dir,
        inner: type === 'cgroup2' ? `${dir}/init` : dir,
        options: controllers.join(','),
        mountPoint: mountPoint!,
      };
    });
}

/** Groups that could be made; a read-only hierarchy is left out. */
async function makeControlGroups(host: LabHost): Promise<ControlGroup[]> {
  const made: ControlGroup[] = [];
  for (const group of await controlGroupsOf(host.netns)) {
    try {
      await mkdir(group.inner, { recursive: true });
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        // in version 1 a new set is empty and takes no process
        if (group.version === 1 && (await exists(`${group.dir}/${file}`)))
          await writeFile(`${group.dir}/${file}`, await readFile(`${group.mountPoint}/${file}`));
      }
      made.push(group);
    } catch {
      /* not ours to divide */
    }
  }
  return made;
}

/** Version 2: let libvirt set weights and limits below. Each controller by itself, as one that is missing refuses all. */
async function passControllers(dir: string): Promise<void> {
  for (const group of [dirname(dir), dir]) {
    const available = (await readFile(`${group}/cgroup.controllers`, 'utf8').catch(() => ''))
      .trim()
      .split(' ')
      .filter((name) => name !== '');
    for (const controller of available)
      await writeFile(`${group}/cgroup.subtree_control`, `+${controller}`).catch(() => {});
  }
}

/** The host's own view: its network's /sys, its control groups, an empty /run, and libvirt's directories. */
async function furnish(
  lab: Lab,
  host: LabHost,
  { anchor, hideKvm }: { anchor: number; hideKvm: boolean },
): Promise<void> {
  const inside = (...argv: string[]): Promise<unknown> => run([...enter(anchor), ...argv]);
  await inside('hostname', host.hostname);
  await inside('mount', '-t', 'sysfs', 'sysfs', '/sys');
  const groups = (await controlGroupsOf(host.netns)).filter((group) => group.mountPoint.startsWith('/sys/fs/cgroup'));
  if (groups.some((group) => group.mountPoint !== '/sys/fs/cgroup'))
    await inside('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/sys/fs/cgroup');
  for (const group of groups) {
    await inside('mkdir', '-p', group.mountPoint);
    const how = group.version === 2 ? ['cgroup2'] : ['cgroup', '-o', group.options];
    await inside('mount', '-t', ...how, 'cgroup', group.mountPoint).catch(() =>
      inside('rmdir', group.mountPoint).catch(() => {}),
    );
  }
  await inside('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run');
  await inside(
    'mkdir',
    '-p',
    '/run/netns',
    '/run/lock',
    '/run/libvirt',
    '/var/lib/libvirt',
    '/etc/libvirt',
    '/var/log/libvirt',
    '/var/cache/libvirt',
  );
  for (const [from, to] of [
    [`${host.dir}/lib`, '/var/lib/libvirt'],
    [`${host.dir}/etc`, '/etc/libvirt'],
    [`${host.dir}/log`, '/var/log/libvirt'],
    [`${lab.dir}/cache`, '/var/cache/libvirt'],
  ]) {
    await inside('mount', '--bind', from!, to!);
  }
  await nameHosts(lab, host, anchor);
  await inside('touch', READY_MARK);
  if (!hideKvm) return;
  // A file nobody can write to: for libvirt and the probe that is no device, also when they ask as root.
  await inside('mount', '--bind', READY_MARK, '/dev/kvm');
  await inside('mount', '-o', 'remount,bind,ro', '/dev/kvm');
}

/** Hosts know each other's names and ask nobody: a name server that cannot be reached from here costs libvirt 40 s a guest. */
async function nameHosts(lab: Lab, host: LabHost, anchor: number): Promise<void> {
  const names = lab.hosts.map((one) => `${one.underlayIp} ${one.hostname}`);
  await writeFile(`${host.dir}/etc/hosts`, ['127.0.0.1 localhost', ...names, ''].join('\n'));
  await writeFile(`${host.dir}/etc/resolv.conf`, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  for (const file of ['hosts', 'resolv.conf']) {
    const target = `/etc/${file}`;
    // Where it is a link into /run there is nothing behind it in here, and nothing is asked either.
    const present = await runStatus([...enter(anchor), 'test', '-e', target]);
    if (present.code === 0) await run([...enter(anchor), 'mount', '--bind', `${host.dir}/etc/${file}`, target]);
  }
}

export async function libvirtdOf(lab: Lab, host: LabHost, anchor: number): Promise<number | undefined> {
  const pid = Number((await readFile(`/proc/${anchor}/root${LIBVIRT_PID}`, 'utf8').catch(() => '')).trim());
  return (await belongs(lab, host)).includes(pid) ? pid : undefined;
}

async function startLibvirtd(lab: Lab, host: LabHost, anchor: number): Promise<void> {
  const socket = `/proc/${anchor}/root/run/libvirt/libvirt-sock`;
  await rm(socket, { force: true });
  await launch(
    lab,
    (await controlGroupsOf(host.netns)).map((group) => group.inner),
    [...enter(anchor), 'libvirtd', '--daemon', '--pid-file', LIBVIRT_PID],
  );
  await until(
    () => exists(socket),
    20_000,
    `libvirtd of ${host.hostname} did not answer (see ${host.dir}/log/libvirtd.log)`,
  );
}

/** Everything but the files; the host's processes must have ended. */
export async function dismantleHost(name: string, index: number, netns: string): Promise<void> {
  const kept = utsFile(name, index);
  if ((await namespaceNumber(kept)) !== undefined) await run(['umount', kept]);
  await rm(kept, { force: true });
  await run(['ip', 'netns', 'del', netns]).catch(() => {});
  for (const group of await controlGroupsOf(netns)) await removeControlGroup(group.dir);
}

async function removeControlGroup(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeControlGroup(`${dir}/${entry.name}`);
  // A group whose last process has just ended may be busy for a moment more.
  await until(
    () =>
      rmdir(dir).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
      ),
    5000,
    `control group ${dir} did not become free`,
  );
}

export const leftControlGroups = async (netns: string): Promise<string[]> => {
  const dirs = (await controlGroupsOf(netns)).map((group) => group.dir);
  return (await Promise.all(dirs.map(async (dir) => ((await exists(dir)) ? dir : undefined)))).filter(
    (dir) => dir !== undefined,
  );
};
