// A program that enters control groups and then becomes another program. It exists because a cgroup namespace takes
// its root from the group a process is in when it makes the namespace, so the group must be entered first.
// Usage: node launch.ts [--cgroup FILE]... -- PROGRAM [ARGUMENT]...   (FILE is a group's cgroup.procs)
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function find(program: string): string {
  if (program.includes('/')) return program;
  for (const dir of `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter)) {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return join(dir, program);
    } catch {
      /* not here */
    }
  }
  throw new Error(`${program} is not installed`);
}

const words = process.argv.slice(2);
const end = words.indexOf('--');
for (const [at, word] of words.slice(0, end).entries()) {
  if (word !== '--cgroup') continue;
  try {
    writeFileSync(words[at + 1]!, String(process.pid));
  } catch {
    /* a hierarchy that takes no members here: the host does without it */
  }
}
const argv = words.slice(end + 1);
// The whole environment is passed on explicitly: execve takes none by default.
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
process.execve!(find(argv[0]!), argv, environment);
