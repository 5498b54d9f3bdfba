// Metrics as data: what they are counted from, families of samples, and how those are written for Prometheus.
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';

export interface Reading {
  readonly tx: Tx;
  readonly settings: Settings;
}

export type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function sampleText(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const shown = Number.isInteger(value) ? value : Math.round(value * 100) / 100;
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${shown}\n`;
}

/** All are gauges: they say how things stand. A family without samples stands there by its name alone. */
export const prometheusText = (families: readonly Family[]): string =>
  families
    .map(
      ({ name, help, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${samples.map((sample) => sampleText(name, sample)).join('')}`,
    )
    .join('');
