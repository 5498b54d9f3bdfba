// `nephos doctor`: what is wrong in the cloud, worst first, with what to do about each, and what is in order.
// Invariant: it changes nothing, and its exit code is 1 exactly when something is wrong.
import type { Answer } from '../sdk/transport.ts';
import type { Context } from './context.ts';
import { render } from './render.ts';
import { UsageError } from './world.ts';

interface Finding {
  readonly area: string;
  readonly severity: string;
  readonly summary: string;
  readonly advice?: string;
  readonly resourcetype?: string;
  readonly resourceid?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
interface Step {
  readonly name?: string;
  readonly state?: string;
  readonly started?: string;
  readonly ended?: string;
  readonly text?: string;
}

const PAGE = 200;

/** Whether all is well. `area`: look at that only. */
export async function runDoctor(words: readonly string[], context: Context): Promise<boolean> {
  const [area, ...more] = words;
  if (more.length > 0 || area?.includes('=')) throw new UsageError('doctor takes one area at most: nephos doctor jobs');
  const answer = await askAll(context, area);
  const found = (answer['diagnostic'] ?? []) as readonly Finding[];
  const wrong = found.filter(({ severity }) => severity !== 'ok');
  const { world, flags } = context;
  if (flags.output === undefined || flags.output === 'default') world.out(report(found));
  else world.out((await render(answer, { format: context.format, filter: [], columns: world.columns })).text);
  return wrong.length === 0;
}

async function askAll(context: Context, area: string | undefined): Promise<Answer> {
  const diagnostic: unknown[] = [];
  for (let page = 1; ; page += 1) {
    const params = { page: String(page), pagesize: String(PAGE), ...(area === undefined ? {} : { area }) };
    const answer = await context.client().request('listDiagnostics', params, 'GET');
    const items = (answer['diagnostic'] ?? []) as unknown[];
    diagnostic.push(...items);
    if (items.length < PAGE) return { count: diagnostic.length, diagnostic };
  }
}

const MARKS: Readonly<Record<string, string>> = { critical: '✖', warning: '!', ok: '✔' };

function report(found: readonly Finding[]): string {
  const [wrong, fine] = [
    found.filter(({ severity }) => severity !== 'ok'),
    found.filter(({ severity }) => severity === 'ok'),
  ];
  const lines = [
    ...wrong.flatMap(lineOf),
    ...(wrong.length > 0 && fine.length > 0 ? [''] : []),
    ...fine.map(({ area, summary }) => `${MARKS['ok']} ${area.padEnd(13)} ${summary}`),
    '',
    wrong.length === 0
      ? 'All is well.'
      : `${wrong.length} ${wrong.length === 1 ? 'thing needs' : 'things need'} attention.`,
  ];
  return `${lines.join('\n')}\n`;
}

const INDENT = ' '.repeat(16);

function lineOf({ area, severity, summary, advice, resourcetype, resourceid, details }: Finding): string[] {
  const steps = (details?.['steps'] ?? []) as readonly Step[];
  const waits = (details?.['waitsfor'] ?? []) as readonly string[];
  return [
    `${MARKS[severity] ?? '?'} ${area.padEnd(13)} ${summary}`,
    ...(advice ? [`${INDENT}→ ${advice}`] : []),
    ...(resourceid ? [`${INDENT}${resourcetype ?? 'id'} ${resourceid}`] : []),
    ...waits.map((one) => `${INDENT}waits for ${one}`),
    ...steps.map(
      ({ name, state, started, ended, text }) =>
        `${INDENT}${[`${name}: ${state}`, started && `${started}${ended ? ` to ${ended}` : ''}`, text].filter(Boolean).join('  ')}`,
    ),
  ];
}
