// The agent's way of saying no: a code of the protocol and a sentence that names what was wrong and what would be
// accepted. Handlers throw it; the link turns it into a refusal. Any other error becomes `failed`.
import type { Refusal } from '#protocol/messages.ts';

export class Refused extends Error {
  readonly code: Refusal['code'];
  constructor(code: Refusal['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refused';
    this.code = code;
  }
}

const MAX_MESSAGE = 2000;

/** What the server is told about an error. */
export function toRefusal(error: unknown): Refusal {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
  return { code: error instanceof Refused ? error.code : 'failed', message };
}
