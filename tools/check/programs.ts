// Runs tsc, oxlint and oxfmt and reads their findings. A program that cannot run is an error, never "no findings".
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Finding } from './finding.ts';

type Outcome = { code: number; stdout: string; stderr: string };

export async function typeErrors(root: string): Promise<Finding[]> {
  const outcome = await runTool(root, 'typescript/bin/tsc', ['-p', root, '--pretty', 'false']);
  const findings: Finding[] = [];
  for (const line of outcome.stdout.split('\n')) {
    const match = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line);
    if (match) findings.push({ file: match[1]!, line: Number(match[2]), rule: match[3]!, text: match[4]! });
    else if (findings.length && line.startsWith(' ')) findings.at(-1)!.text += ' ' + line.trim();
  }
  return complete('tsc', outcome, findings);
}

type Diagnostic = { message: string; code?: string; filename: string; labels: { span: { line: number } }[] };

export async function lintErrors(root: string): Promise<Finding[]> {
  const outcome = await runTool(root, 'oxlint/bin/oxlint', ['--format', 'json', '--report-unused-disable-directives']);
  if (!outcome.stdout.startsWith('{')) throw broken('oxlint', outcome);
  const { diagnostics } = JSON.parse(outcome.stdout) as { diagnostics: Diagnostic[] };
  const findings = diagnostics.map(({ filename, labels, code, message }) => ({
    file: filename,
    line: labels[0]?.span.line ?? 1,
    rule: code?.replace(/^.*\((.*)\)$/, '$1') ?? 'oxlint',
    text: message,
  }));
  return complete('oxlint', outcome, findings);
}

export async function unformatted(root: string): Promise<Finding[]> {
  const outcome = await runTool(root, 'oxfmt/bin/oxfmt', ['--list-different']);
  const files = outcome.stdout.split('\n').filter(Boolean);
  return complete(
    'oxfmt',
    outcome,
    files.map((file) => ({ file, line: 1, rule: 'format', text: 'not formatted; npm run format' })),
  );
}

export async function format(root: string, paths: readonly string[]): Promise<void> {
  const outcome = await runTool(root, 'oxfmt/bin/oxfmt', ['--write', ...paths]);
  if (outcome.code !== 0) throw broken('oxfmt', outcome);
}

function complete(tool: string, outcome: Outcome, findings: Finding[]): Finding[] {
  if (outcome.code !== 0 && findings.length === 0) throw broken(tool, outcome);
  return findings;
}

function broken(tool: string, { code, stdout, stderr }: Outcome): Error {
  return new Error(`${tool} failed with exit code ${code}:\n${stdout}${stderr}`);
}

function runTool(root: string, script: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [path.join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
