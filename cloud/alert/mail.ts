// Mails alerts to the operators, each once, where a mail server and addresses are set. What could not be sent is tried again; a
// server that was away for an hour is not flooded: what is over by then is only marked.
import type { Keeper } from '#kernel/keeper.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { World } from '../context.ts';
import type { Mail, MailServer } from './driver.ts';
import { markMailed, unmailed, type Unmailed } from './mail.store.ts';

const MOST_AT_ONCE = 50;

export const mailKeeper = (world: World): Keeper => ({
  name: 'alerts.mail',
  everyMs: 15_000,
  run: async (signal) => {
    const { db, settings, sealer, drivers } = world;
    const alerts = await unmailed(db.read, MOST_AT_ONCE);
    const server = mailServer(settings, sealer);
    for (const alert of alerts) {
      if (signal.aborted) return;
      if (server && !alert.over) await drivers.mail.send(server, mailOf(settings, alert));
      await markMailed(db.read, alert.id);
    }
  },
});

/** Undefined: nobody is to be told. */
export function mailServer(settings: Settings, sealer: Sealer): MailServer | undefined {
  const host = settings.text('alert.smtp.host');
  if (host === '' || settings.list('alert.email.addresses').length === 0 || settings.text('alert.email.sender') === '')
    return undefined;
  const password = settings.text('alert.smtp.password');
  return {
    host,
    port: settings.number('alert.smtp.port'),
    startTls: settings.boolean('alert.smtp.useStartTLS'),
    login: settings.boolean('alert.smtp.useAuth')
      ? { user: settings.text('alert.smtp.username'), password: password === '' ? '' : sealer.open(password) }
      : undefined,
    timeoutMs: settings.number('alert.smtp.timeout'),
    connectTimeoutMs: settings.number('alert.smtp.connectiontimeout'),
  };
}

const mailOf = (settings: Settings, { name, subject, content, zone, created }: Unmailed): Mail => ({
  from: settings.text('alert.email.sender'),
  to: settings.list('alert.email.addresses'),
  subject: `${name}: ${subject}`.replaceAll(/\s+/g, ' ').slice(0, 250),
  text: [subject, content, zone && `Zone ${zone}`, `Raised at ${created.toISOString()}`].filter(Boolean).join('\n\n'),
});
