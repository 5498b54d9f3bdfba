// Log lines are events with a noun and a verb (`job.failed`), one JSON object a line. What could be a secret is
// cut out by name here, once, whatever is logged.
import pino from 'pino';

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

export const openLog = (options: { level?: string; file?: string } = {}): Log =>
  pino(
    {
      level: options.level ?? process.env['NEPHOS_LOG'] ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    options.file ? pino.destination({ dest: options.file, sync: false }) : pino.destination({ dest: 2, sync: false }),
  );

export const silentLog: Log = pino({ level: 'silent' });
