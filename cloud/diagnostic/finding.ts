// A finding: what is not as it should be, since when, and what to do about it. Checks only look; they change nothing.
import type { DiagnosticArea } from '#api/config/diagnostic-responses.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';

export type Severity = 'critical' | 'warning';

export interface Finding {
  readonly severity: Severity;
  readonly summary: string;
  readonly advice: string;
  readonly since?: Date | null;
  readonly about?: { readonly type: string; readonly id?: string; readonly name?: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Looking {
  readonly tx: Tx;
  readonly settings: Settings;
  /** The cloud's authority, in PEM. */
  readonly caPem: string;
}

export interface Check {
  readonly area: DiagnosticArea;
  /** What is said where it finds nothing. */
  readonly fine: string;
  look(at: Looking): Promise<Finding[]>;
}

/** Findings of one kind that are told one by one; more than that is told as a number. */
export const MOST = 50;

/** `3 h 12 min`, `41 s`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 120) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** How long a job, or a state that somebody works to leave, may take. */
export const deadlineS = (settings: Settings): number => settings.number('job.cancel.threshold.minutes') * 60;
/** The same where no job works on it: a keeper should have seen to it by now. */
export const ORPHAN_S = 300;
