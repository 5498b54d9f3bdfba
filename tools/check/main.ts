// npm run check [-- <path prefix> …]: prints one line per finding, then a summary; exits 1 if there is a finding.
// npm run format [-- <path> …]: formats instead of checking.
import path from 'node:path';
import { checkAll, longest } from './check.ts';
import { printed } from './finding.ts';
import { format } from './programs.ts';

const root = path.resolve(import.meta.dirname, '../..');
const words = process.argv.slice(2);
const paths = words.filter((word) => !word.startsWith('--'));
const unknown = words.find((word) => word.startsWith('--') && word !== '--format');

if (unknown) {
  console.error(`check: unknown option ${unknown}; there is --format`);
  process.exitCode = 2;
} else if (words.includes('--format')) {
  await format(root, paths);
} else {
  const { findings, parts, sources } = await checkAll(root, paths);
  for (const finding of findings) console.log(printed(finding));
  for (const line of longest(sources)) console.log(line);
  for (const { name, ms, findings: count } of parts)
    console.log(`${name}: ${count} found, ${(ms / 1000).toFixed(1)} s`);
  console.log(findings.length === 0 ? 'check: nothing found' : `check: ${findings.length} found`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
