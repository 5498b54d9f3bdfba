// A guest as libvirt's domain XML. Pure: the same spec and host give the same text. It decides nothing that the spec or
// the probe of the host has decided already. The domain is transient, so nothing of it outlives its process.
import type { DiskSpec, GuestSpec, NicSpec } from '#protocol/messages.ts';
import { bridgeOf } from '../net/interface-names.ts';
import { xml } from './xml.ts';
import type { Xml } from './xml.ts';

export type DomainHost = {
  /** By what a probe guest really booted with. */
  accelerator: 'kvm' | 'tcg';
  machine: 'q35' | 'pc';
  /** Translated code kept per guest without hardware help. QEMU's own default costs some 270 MiB a guest. */
  tcgCacheMib: number;
  /** Free PCI Express ports for disks and cards that come later. */
  sparePorts: number;
  /** Whether the host has the control group that CPU weights need. */
  cpuWeights: boolean;
  /** Pools (by id) whose files can be opened past the page cache. */
  directPools: ReadonlySet<string>;
  /** File that receives the guest's serial console. */
  consoleLog: string;
};

/** CloudStack's device id of the CD drive; every guest has the drive, most of the time empty. */
export const CD_DEVICE = 3;
/** Virtio devices every guest has besides disks and cards: serial (guest agent), balloon, random numbers, pointer. */
const OWN_DEVICES = 4;

export const volumePath = (disk: Pick<DiskSpec, 'pool' | 'volumeId'>): string => `${disk.pool.path}/${disk.volumeId}`;

/** vda, vdb, … by device id, two letters from 26 on; the CD drive hangs on the bus its machine has. */
export function targetOf(device: number, machine: DomainHost['machine']): string {
  if (device === CD_DEVICE) return machine === 'q35' ? 'sda' : 'hdc';
  const letter = (n: number): string => String.fromCharCode(97 + n);
  return `vd${device < 26 ? letter(device) : letter(Math.floor(device / 26) - 1) + letter(device % 26)}`;
}

/** What the guest sees as the disk's serial number: it finds its volumes below /dev/disk/by-id with it. */
export const serialOf = (volumeId: string): string => volumeId.replaceAll('-', '').slice(0, 20);

type DiskHost = Pick<DomainHost, 'machine' | 'directPools'>;

export function diskXml(disk: DiskSpec, host: DiskHost): Xml {
  if (disk.device === CD_DEVICE) return cdXml(disk, host);
  // Without the page cache where the pool's file system can, so that a guest's flush is a flush and memory is not used twice.
  const cache = host.directPools.has(disk.pool.id) ? 'none' : 'writeback';
  return xml`<disk type='file' device='disk'>
  <driver name='qemu' type='${disk.format}' cache='${cache}' io='threads' discard='unmap'/>
  <source file='${volumePath(disk)}'/>
  <target dev='${targetOf(disk.device, host.machine)}' bus='virtio'/>
  ${iotuneXml(disk)}
  <serial>${serialOf(disk.volumeId)}</serial>
  ${disk.device === 0 ? xml`<boot order='1'/>` : null}
</disk>`;
}

export function cdXml(disk: DiskSpec | null, host: DiskHost): Xml {
  return xml`<disk type='file' device='cdrom'>
  <driver name='qemu' type='${disk?.format ?? 'raw'}'/>
  ${disk === null ? null : xml`<source file='${volumePath(disk)}'/>`}
  <target dev='${targetOf(CD_DEVICE, host.machine)}' bus='${host.machine === 'q35' ? 'sata' : 'ide'}'/>
  <readonly/>
  <boot order='2'/>
</disk>`;
}

function iotuneXml(disk: DiskSpec): Xml | null {
  if (!disk.readIops && !disk.writeIops) return null; // 0 is no limit, as in CloudStack
  return xml`<iotune>
    ${disk.readIops ? xml`<read_iops_sec>${disk.readIops}</read_iops_sec>` : null}
    ${disk.writeIops ? xml`<write_iops_sec>${disk.writeIops}</write_iops_sec>` : null}
  </iotune>`;
}

export function nicXml(nic: NicSpec): Xml {
  return xml`<interface type='bridge'>
  <mac address='${nic.mac}'/>
  <source bridge='${bridgeOf(nic.vni)}'/>
  <target dev='${nic.tap}'/>
  <model type='virtio'/>
  <mtu size='${nic.mtu}'/>
  <rom enabled='no'/>
</interface>`;
}

function cpuXml(spec: GuestSpec, host: DomainHost): Xml {
  // One socket, as many systems are sold by sockets. Plain emulation gives all it can; hardware gives what can migrate.
  const mode = host.accelerator === 'kvm' ? 'host-model' : 'maximum';
  return xml`<cpu mode='${mode}'>
  <topology sockets='1' dies='1' cores='${spec.cpus}' threads='1'/>
</cpu>`;
}

/** CPUs times MHz as weight, 100 for one CPU of 1 GHz: a range that both versions of control groups accept. */
const weightOf = (spec: GuestSpec): number => Math.max(2, Math.min(10_000, Math.round((spec.cpus * spec.cpuMhz) / 10)));

function controllersXml(spec: GuestSpec, host: DomainHost): Xml[] {
  const usb =
    host.accelerator === 'kvm'
      ? xml`<controller type='usb' model='qemu-xhci'/>`
      : xml`<controller type='usb' model='none'/>`;
  if (host.machine === 'pc') return [usb];
  const ports = spec.disks.length + spec.nics.length + OWN_DEVICES + host.sparePorts;
  return [
    usb,
    xml`<controller type='pci' model='pcie-root'/>`,
    ...Array.from({ length: ports }, () => xml`<controller type='pci' model='pcie-root-port'/>`),
  ];
}

/** An absolute pointer makes the screen's mouse exact; on USB it keeps an emulated machine busy, so only with hardware help. */
const pointerXml = (host: DomainHost): Xml | null =>
  host.accelerator === 'kvm' ? xml`<input type='tablet' bus='usb'/>` : null;

const byDevice = <T extends { device: number }>(list: T[]): T[] => list.toSorted((a, b) => a.device - b.device);

export function domainXml(spec: GuestSpec, host: DomainHost): string {
  const disks = byDevice(spec.disks.filter((disk) => disk.device !== CD_DEVICE)).map((disk) => diskXml(disk, host));
  const cd = cdXml(spec.disks.find((disk) => disk.device === CD_DEVICE) ?? null, host);
  // The product name is how cloud-init recognises the cloud it is in.
  return xml`<domain type='${host.accelerator === 'kvm' ? 'kvm' : 'qemu'}'>
<name>${spec.name}</name>
<uuid>${spec.uuid}</uuid>
${spec.title === '' ? null : xml`<title>${spec.title}</title>`}
<memory unit='MiB'>${spec.memoryMib}</memory>
<vcpu>${spec.cpus}</vcpu>
${host.cpuWeights ? xml`<cputune><shares>${weightOf(spec)}</shares></cputune>` : null}
<sysinfo type='smbios'>
  <system>
    <entry name='manufacturer'>Apache Software Foundation</entry>
    <entry name='product'>CloudStack KVM Hypervisor</entry>
    <entry name='uuid'>${spec.uuid}</entry>
  </system>
</sysinfo>
<os>
  <type arch='x86_64' machine='${host.machine}'>hvm</type>
  <smbios mode='sysinfo'/>
</os>
<features>
  <acpi/>
  <apic/>
  ${host.accelerator === 'tcg' ? xml`<tcg><tb-cache unit='MiB'>${host.tcgCacheMib}</tb-cache></tcg>` : null}
</features>
${cpuXml(spec, host)}
<clock offset='utc'/>
<on_poweroff>destroy</on_poweroff>
<on_reboot>restart</on_reboot>
<on_crash>destroy</on_crash>
<devices>
${disks}
${cd}
${controllersXml(spec, host)}
${byDevice(spec.nics).map((nic) => nicXml(nic))}
<serial type='pty'>
  <log file='${host.consoleLog}' append='on'/>
  <target port='0'/>
</serial>
<console type='pty'><target type='serial' port='0'/></console>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
${pointerXml(host)}
<graphics type='vnc' autoport='yes' passwd='${spec.consolePassword}' sharePolicy='force-shared'>
  <listen type='address' address='127.0.0.1'/>
</graphics>
<video><model type='vga' vram='16384'/></video>
<memballoon model='virtio'><stats period='10'/></memballoon>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices>
</domain>
`.text;
}
