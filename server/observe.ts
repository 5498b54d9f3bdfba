// What is seen of one API call from outside: its id, its span, its duration, and one line in the log. It knows nothing of what
// the call means. Invariant: no parameter is written anywhere here; whose call it was and how it ended is.
import { about, currentTrace, inSpan, inTrace, openTrace } from '#base/trace.ts';
import type { Log } from '#kernel/log.ts';
import type { Reply } from './dispatch.ts';
import type { ApiRequest } from './request.ts';
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
  const trace = openTrace({
    ...(sender.requestId === undefined ? {} : { requestId: sender.requestId }),
    ...(sender.traceparent === undefined ? {} : { traceparent: sender.traceparent }),
  });
  const sent = commandOf(request);
  const command = handlers.has(sent) || anonymous.has(sent.toLowerCase()) ? sent : 'unknown';
  const timed = async (): Promise<Reply> => {
    const begun = performance.now();
    const reply = await work();
    const ms = performance.now() - begun;
    metrics?.requestAnswered(command, reply.status, ms / 1000);
    const { by } = reply;
    const line = { status: reply.status, ms: Math.round(ms), ip: request.sourceIp, ...by };
    if (reply.status >= 500 && reply.status !== 530 && reply.status !== 531) log.warn(line, 'api.failed');
    else if (request.method === 'POST' || reply.status !== 200) log.info(line, 'api.answered');
    else log.debug(line, 'api.answered');
    return { ...reply, headers: { ...reply.headers, 'x-request-id': currentTrace()!.id } };
  };
  return inTrace(trace, () =>
    about({ command }, () => inSpan(command, { kind: 'server', attributes: { command } }, timed)),
  );
}

function commandOf({ sent }: ApiRequest): string {
  for (const [name, value] of sent) if (name.toLowerCase() === 'command') return value;
  return '';
}
