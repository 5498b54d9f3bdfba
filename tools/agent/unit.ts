// The agent as a service of systemd, where the machine runs one.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { run } from '#agent/process.ts';

const NAME = 'nephos-agent.service';
const FILE = `/etc/systemd/system/${NAME}`;

export const hasSystemd = (): boolean => existsSync('/run/systemd/system');

/** KillMode: guests and the programs of routers are children of the agent's group, and outlive it. */
export const unitText = (argv: readonly string[]): string => `[Unit]
Description=Nephos host agent
Wants=network-online.target
After=network-online.target libvirtd.service

[Service]
ExecStart=${argv.map(quoted).join(' ')}
Restart=always
RestartSec=2
KillMode=process
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;

/** systemd reads «%» and «$» in a command line, and blanks part its words. */
const quoted = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

export async function installUnit(argv: readonly string[]): Promise<void> {
  writeFileSync(FILE, unitText(argv), { mode: 0o644 });
  await run(['systemctl', 'daemon-reload']);
  await run(['systemctl', 'enable', NAME]);
  await run(['systemctl', 'restart', NAME]);
}

export async function removeUnit(): Promise<void> {
  if (!existsSync(FILE)) return;
  await run(['systemctl', 'disable', '--now', NAME]);
  rmSync(FILE);
  await run(['systemctl', 'daemon-reload']);
}
