// The three ways a call can go wrong: the server refused, nobody answered, the session is over.
// Their `message` is a sentence for people.
import { t } from '../words/t.ts';

/** The server understood and said no. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly command: string;
  readonly status: number;
  readonly code: number;
  constructor(command: string, { status, code, text }: { status: number; code: number; text: string }) {
    super(text);
    this.command = command;
    this.status = status;
    this.code = code;
  }
}

/** No answer, or one that is none of ours: a proxy's page, half a body. */
export class Unreachable extends Error {
  override name = 'Unreachable';
  constructor(cause?: unknown) {
    super(t('error.unreachable'), { cause });
  }
}

export class SessionEnded extends Error {
  override name = 'SessionEnded';
  constructor() {
    super(t('error.sessionEnded'));
  }
}

export const sentenceOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : t('error.unknown');

/** CloudStack's code for «no such command, or not for you». */
export const isForbidden = (error: unknown): boolean => error instanceof Refusal && error.code === 432;
