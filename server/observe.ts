// What is seen of one API call from outside: its id, its span, its duration, and one line in the log. It knows nothing of what
// the call means. Invariant: no parameter is written anywhere here; whose call it was and how it ended is.
import { inSpan, inTrace, openTrace } from '#base/trace.ts';
import type { Log } from '#kernel/log.ts';
import type { Reply } from './dispatch.ts';
import { sentAs, type ApiRequest } from './request.ts';
import type { Metrics } from './metrics.ts';

export interface Sender {
  /** Headers as sent: X-Request-Id and W3C's traceparent. */
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
}

export const senderOf = (headers: Readonly<Record<string, string | string[] | undefined>>): Sender => ({
  requestId: one(headers['x-request-id']),
  traceparent: one(headers['traceparent']),
});
const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

interface Observer {
  readonly log: Log;
  readonly handlers: ReadonlyMap<string, unknown>;
  readonly anonymous: ReadonlyMap<string, unknown>;
  readonly metrics?: Metrics;
}

/** Answers the call by `work`, as part of the trace that its sender named or of one of its own; the answer carries the id. */
export function observed(
  { log, handlers, anonymous, metrics }: Observer,
  { sender, request }: { sender: Sender; request: ApiRequest },
  work: () => Promise<Reply>,
): Promise<Reply> {
  const sent = sentAs(request.sent, 'command') ?? '';
  const command = handlers.has(sent) || anonymous.has(sent.toLowerCase()) ? sent : 'unknown';
  const trace = openTrace({ requestId: sender.requestId, traceparent: sender.traceparent, about: { command } });
  const timed = async (): Promise<Reply> => {
    const begun = performance.now();
    const reply = await work();
    const ms = performance.now() - begun;
    metrics?.requestAnswered(command, reply.status, ms / 1000);
    const level = levelOf(request, reply);
    if (log.isLevelEnabled(level))
      log[level](
        { status: reply.status, ms: Math.round(ms), ip: request.sourceIp, ...reply.by },
        level === 'warn' ? 'api.failed' : 'api.answered',
      );
    reply.headers['x-request-id'] = trace.id;
    return reply;
  };
  return inTrace(trace, () => inSpan(command, { kind: 'server', attributes: { command } }, timed));
}

/** Reads that went well are for whoever looks for something. */
function levelOf({ method }: ApiRequest, { status }: Reply): 'warn' | 'info' | 'debug' {
  if (status >= 500 && status !== 530 && status !== 531) return 'warn';
  return method === 'POST' || status !== 200 ? 'info' : 'debug';
}
