// Whether guests can use the processor's own virtualisation here. That /dev/kvm exists says little: there are machines
// whose KVM emulates so few instructions that every kernel hangs. So a probe guest is booted, and only what it
// really did counts. The answer is kept until the kernel, the processor or QEMU changes.
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runStatus } from '../process.ts';

export type Accelerator = 'kvm' | 'tcg';

/**
 * A boot sector, loaded by the firmware at 0x7c00. It does what every kernel does in its first moments: makes page
 * tables at 0x1000, turns on PAE, SSE (CR4) and long mode (EFER), jumps to 64-bit code, computes with an XMM register,
 * counts 50 million down (a KVM that interprets takes minutes for that), programs the interrupt controller to
 * vector 0x20, sleeps with HLT until three timer interrupts have come, writes «nephos» to the serial port and leaves
 * through QEMU's debug exit device with 42, which QEMU turns into exit code 85. Anything else is a failed probe.
 */
const SECTOR = [
  'fafc31c08ed88ec08ed0bc007cea127c000066bf001000000f22df6631c066b90010000066f3ab66c70600100720000066c70600200730000066c70600308700',
  '00000f20e0660d200600000f22e066b9800000c00f32660d000100000f300f20c06683e0fb660d030000800f0116287d0f22c0ea787c0800b8100000008ed88e',
  'c08ed0b834120000660f6ec0660ffec0660f7ec181f9682400007566b980f0fa02ffc975fcb8057d0000668904250042000066c7042502420000080066c70425',
  '04420000008e0f011c252e7d0000b011e620b020e621b004e621b001e621b0fee62131dbfbf483fb0372fafabaf8030000be387d0000ac84c07403eeebf8b02a',
  'e6f4f4ebfd50ffc3b020e6205848cf900000000000000000ffff0000009baf00ffff00000093cf001700107d0000ff0300400000000000006e6570686f73',
].join('');
const SECTOR_BYTES = 512;
const DONE_CODE = (42 << 1) | 1;
const DONE_WORD = 'nephos';
/** Real hardware needs half a second, most of it firmware. */
export const PROBE_TIMEOUT_S = 8;

export function probeSector(): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  Buffer.from(SECTOR, 'hex').copy(sector);
  sector.writeUInt16LE(0xaa55, SECTOR_BYTES - 2);
  return sector;
}

/** Boot the probe guest; true only when it did all of the above in time. */
export async function boots(accelerator: Accelerator, timeoutS = PROBE_TIMEOUT_S): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'nephos-probe-'));
  try {
    const [disk, serial] = [join(dir, 'disk'), join(dir, 'serial')];
    await writeFile(disk, probeSector());
    const broken = new AbortController();
    const { code } = await runStatus(
      [
        'qemu-system-x86_64',
        '-accel',
        accelerator,
        '-machine',
        'pc',
        '-m',
        '32',
        '-display',
        'none',
        '-nodefaults',
        '-no-user-config',
        '-device',
        'isa-debug-exit,iobase=0xf4,iosize=4',
        '-serial',
        `file:${serial}`,
        '-drive',
        `file=${disk},format=raw,if=floppy,readonly=on`,
      ],
      {
        timeoutS,
        signal: broken.signal,
        onStderr: (text) => {
          if (/KVM internal error/.test(text)) broken.abort();
        }, // it stands still from here on
      },
    );
    return code === DONE_CODE && (await readFile(serial, 'utf8')) === DONE_WORD;
  } catch {
    return false; // it hung, or QEMU itself could not use the accelerator
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A device this process may use; an ordinary file in its place is how a laboratory hides a device that does not work. */
async function hasKvmDevice(): Promise<boolean> {
  const usable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return usable && (await stat('/dev/kvm')).isCharacterDevice();
}

const remembered = z.object({ key: z.string(), accelerator: z.enum(['kvm', 'tcg']) });

const readJson = (file: string): Promise<unknown> =>
  readFile(file, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch(() => undefined);

/** `qemuVersion` as QEMU prints it; `cacheFile` remembers the answer. */
export async function chooseAccelerator(options: { qemuVersion: string; cacheFile: string }): Promise<Accelerator> {
  if (!(await hasKvmDevice())) return 'tcg'; // not remembered: the next boot may load the module
  const processor = /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const key = [release(), processor, options.qemuVersion].join(' | ');
  const known = remembered.safeParse(await readJson(options.cacheFile));
  if (known.success && known.data.key === key) return known.data.accelerator;
  const accelerator: Accelerator = (await boots('kvm')) ? 'kvm' : 'tcg';
  await mkdir(dirname(options.cacheFile), { recursive: true });
  const fresh = `${options.cacheFile}.${process.pid}`;
  await writeFile(fresh, JSON.stringify({ key, accelerator }));
  await rename(fresh, options.cacheFile);
  return accelerator;
}
