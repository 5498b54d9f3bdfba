// Log lines are events with a noun and a verb (`job.failed`), one JSON object a line, each with the id of the request that
// caused it. What could be a secret is cut out here, once, whatever is logged: fields by name, and of a database's errors
// what they quote of rows.
import pino from 'pino';
import { traceFields } from '#base/trace.ts';

export type Log = pino.Logger;

const SECRET_NAMES = [
  'password',
  'secretkey',
  'secretKey',
  'sessionkey',
  'signature',
  'apikey',
  'apiKey',
  'token',
  'ticket',
  'userdata',
  'userData',
  'consolePassword',
  'privateKey',
];

/** Without a file, to standard error; `to` is a test's. */
export const openLog = (options: { level?: string; file?: string; to?: pino.DestinationStream } = {}): Log =>
  pino(
    {
      level: options.level ?? process.env['NEPHOS_LOG'] ?? 'info',
      base: { pid: process.pid },
      mixin: traceFields,
      serializers: { err: withoutRows },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    options.to ?? pino.destination({ dest: options.file ?? 2, sync: false }),
  );

/** PostgreSQL quotes the row or the statement that it refused. */
const QUOTING = ['detail', 'where', 'internalQuery', 'query', 'parameters', 'hint'];

function withoutRows(error: Error): object {
  const shown = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  for (const name of QUOTING) delete shown[name];
  return shown;
}

export const silentLog: Log = pino({ level: 'silent' });
