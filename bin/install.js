// Installs the npm packages of package-lock.json into node_modules; also answers whether that is needed at all.
// Plain JavaScript without dependencies. It runs no package's install script.
// Invariant: node_modules is either the old complete tree or the new complete tree, never a half one: packages are
// installed aside and swapped in, and a stamp with the lockfile's hash says which lockfile they belong to.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, whatever the current directory is. */
export const projectRoot = fs.realpathSync(fileURLToPath(new URL('..', import.meta.url)));

const modules = path.join(projectRoot, 'node_modules');
const lockfile = path.join(projectRoot, 'package-lock.json');
const stamp = path.join(modules, '.nephos-lockfile-sha256');

/** Whether node_modules holds what package-lock.json asks for. */
export function isInstalled() {
  const wanted = createHash('sha256').update(fs.readFileSync(lockfile)).digest('hex');
  if (readText(stamp).trim() === wanted) return true;
  if (!npmInstalledTheSame()) return false;
  writeStampIn(modules, wanted);
  return true;
}

// Somebody may have called `npm ci` directly. npm notes in node_modules/.package-lock.json what it has installed.
function npmInstalledTheSame() {
  const noted = readText(path.join(modules, '.package-lock.json'));
  if (!noted) return false;
  const installed = JSON.parse(noted).packages ?? {};
  const locked = Object.entries(JSON.parse(readText(lockfile)).packages).filter(([name]) => name !== '');
  return (
    locked.every(([name, entry]) =>
      installed[name] ? installed[name].integrity === entry.integrity : entry.optional === true,
    ) && Object.keys(installed).length > 0
  );
}

function writeStampIn(folder, hash) {
  try {
    fs.writeFileSync(path.join(folder, '.nephos-lockfile-sha256'), hash + '\n');
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error; // an install that others own: compare again next time
  }
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  }
}

async function install(alone) {
  if (isInstalled()) return; // another process has done it while we waited for the lock
  const staging = path.join(projectRoot, `.install-${process.pid}`);
  if (alone) removeLeftovers();
  const wanted = createHash('sha256').update(fs.readFileSync(lockfile)).digest('hex');
  try {
    fs.mkdirSync(staging, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (fs.existsSync(path.join(projectRoot, name)))
        fs.copyFileSync(path.join(projectRoot, name), path.join(staging, name));
    }
    const took = await npmCi(staging);
    console.error(`installed npm packages in ${took}`);
    writeStampIn(path.join(staging, 'node_modules'), wanted);
    giveToOwner(staging);
    swapIn(path.join(staging, 'node_modules'), path.join(staging, 'old'));
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

/** What a killed install has left. */
function removeLeftovers() {
  for (const name of fs.readdirSync(projectRoot)) {
    if (/^\.install-\d+$/.test(name)) fs.rmSync(path.join(projectRoot, name), { recursive: true, force: true });
  }
}

function npmCi(staging) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const live = process.stderr.isTTY;
  const progress = live && setInterval(() => process.stderr.write(`\rinstalling npm packages … ${seconds()}`), 1000);
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn('npm', [...args, '--loglevel=error'], { cwd: staging, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', (error) => reject(new Error(whyNoNpm(error))));
    child.on('close', (code) => {
      if (live) process.stderr.write('\r');
      if (code === 0) resolve(seconds());
      else
        reject(new Error(`${Buffer.concat(output)}\nnephos: npm ci failed after ${seconds()}; its output is above.`));
    });
  }).finally(() => clearInterval(progress));
}

function whyNoNpm(error) {
  if (error.code !== 'ENOENT') return error.message;
  return 'nephos needs npm to install its packages, and there is none in PATH (Debian: apt-get install npm).';
}

function swapIn(fresh, old) {
  if (fs.existsSync(modules)) fs.renameSync(modules, old);
  fs.renameSync(fresh, modules);
}

// root working in somebody's checkout must not leave files there that the owner cannot replace.
function giveToOwner(folder) {
  const { uid, gid } = fs.statSync(projectRoot);
  if (process.getuid?.() !== 0 || uid === 0) return;
  fs.lchownSync(folder, uid, gid);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inner = path.join(folder, entry.name);
    if (entry.isDirectory()) giveToOwner(inner);
    else fs.lchownSync(inner, uid, gid);
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  install(process.argv.includes('--alone')).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
