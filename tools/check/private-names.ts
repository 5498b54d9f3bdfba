// Finds what belongs to one machine and not to the project, in the files which git tracks: absolute paths of a workspace
// and hosts of package registries. It looks at the text of tracked files only; a checkout without git is not searched.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from './finding.ts';

const run = promisify(execFile);

const WORKSPACE = String.raw`(^|[^A-Za-z0-9_.*}/-])/(work|farm)/[A-Za-z0-9_.-]`;
const RESOLVED = String.raw`"resolved": "https?:`;
const NPM_HOSTS = ['registry', 'npm', 'yarn'].map((name) => String.raw`registry\.${name}(js|pkg)?\.(org|com)`);

/** `env` may name the registry which npm uses here; that host must not be in a file either. */
export async function findPrivateNames(root: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const configured = env.npm_config_registry && URL.parse(env.npm_config_registry)?.host;
  const patterns = [WORKSPACE, RESOLVED, ...NPM_HOSTS, ...(configured ? [configured.replaceAll('.', '[.]')] : [])];
  const flags = patterns.flatMap((pattern) => ['-e', pattern]);
  try {
    const { stdout } = await run(
      'git',
      ['-c', 'safe.directory=*', '-C', root, 'grep', '-nIE', '--full-name', ...flags],
      { maxBuffer: 1 << 26 },
    );
    return stdout.split('\n').filter(Boolean).map(toFinding);
  } catch (error) {
    const { code } = error as { code?: number | string };
    if (code === 1 || code === 128 || code === 'ENOENT') return []; // found nothing; not a git checkout; no git
    throw error;
  }
}

function toFinding(hit: string): Finding {
  const [, file, line, text] = /^(.*?):(\d+):(.*)$/.exec(hit)!;
  return {
    file: file!,
    line: Number(line),
    rule: 'private-name',
    text: `belongs to one machine: ${text!.trim().slice(0, 80)}`,
  };
}
