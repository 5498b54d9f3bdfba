// The log of an agent's process: one JSON object a line; what is logged on behalf of a call says which request caused it.
import { pino, type DestinationStream, type Logger } from 'pino';
import { traceFields } from '#base/trace.ts';

export const openAgentLog = (
  { level, base }: { level: string; base: Record<string, string | number> },
  to?: DestinationStream,
): Logger => (to ? pino({ level, base, mixin: traceFields }, to) : pino({ level, base, mixin: traceFields }));
