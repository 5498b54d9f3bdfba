// Alerts by mail: what a mail server receives, once for each alert, and what is not sent.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { smtpMail } from '#drivers/mail/smtp.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { runKeeper } from '#test/keepers.ts';
import { raiseAlert } from '#cloud/alert/alert.ts';

interface Received {
  login: string | undefined;
  from: string;
  to: string[];
  text: string;
}

/** A mail server that takes everything, or refuses all, and remembers. It speaks just enough SMTP, without encryption. */
async function openReceiver(): Promise<{
  port: number;
  mails: Received[];
  refuse: (yes: boolean) => void;
  close: () => void;
}> {
  const mails: Received[] = [];
  let refusing = false;
  const server = createServer((socket) => serve(socket, { mails, refusing: () => refusing }));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return { port, mails, refuse: (yes) => void (refusing = yes), close: () => server.close() };
}

function serve(socket: Socket, { mails, refusing }: { mails: Received[]; refusing: () => boolean }): void {
  let mail: Received = { login: undefined, from: '', to: [], text: '' };
  let isText = false;
  let rest = '';
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const hear = (line: string): void => {
    if (isText) {
      if (line !== '.') mail.text += `${line}\n`;
      else {
        isText = false;
        mails.push(mail);
        mail = { ...mail, to: [], text: '' };
        say('250 kept');
      }
    } else if (/^EHLO/i.test(line)) socket.write('250-here\r\n250-AUTH PLAIN\r\n250 SMTPUTF8\r\n');
    else if (/^AUTH PLAIN /i.test(line)) {
      mail.login = Buffer.from(line.slice(11), 'base64').toString().split('\0').slice(1).join(' ');
      say('235 welcome');
    } else if (/^MAIL FROM/i.test(line)) {
      mail.from = /<(.*?)>/.exec(line)![1]!;
      say(refusing() ? '451 later' : '250 ok');
    } else if (/^RCPT TO/i.test(line)) {
      mail.to.push(/<(.*?)>/.exec(line)![1]!);
      say('250 ok');
    } else if (/^DATA/i.test(line)) {
      isText = true;
      say('354 go on');
    } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
    else say('250 ok');
  };
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\r\n');
    rest = lines.pop()!;
    lines.forEach(hear);
  });
  say('220 here');
}

const set = async ({ admin }: TestCloud, settings: Record<string, string | number | boolean>): Promise<void> => {
  for (const [name, value] of Object.entries(settings)) await admin.call('updateConfiguration', { name, value });
};
const raise = ({ db }: TestCloud, subject: string): Promise<string> =>
  raiseAlert(db.read, { type: 'ALERT.MANAGEMENT', subject, content: 'Look at it.' });
const mailed = async (cloud: TestCloud): Promise<void> => runKeeper(cloud.world, 'alerts.mail');

test(
  'each alert is mailed once, with a login where one is set; what could not be sent is tried again',
  inCloud(async (cloud) => {
    const receiver = await openReceiver();
    try {
      cloud.world.drivers.mail = smtpMail;
      await set(cloud, {
        'alert.smtp.host': '127.0.0.1',
        'alert.smtp.port': receiver.port,
        'alert.email.sender': 'cloud@example.org',
        'alert.email.addresses': 'one@example.org, two@example.org',
        'alert.smtp.useAuth': true,
        'alert.smtp.username': 'cloud',
        'alert.smtp.password': 'a secret of mail',
      });
      await raise(cloud, 'Something\nis wrong');
      receiver.refuse(true);
      await assert.rejects(mailed(cloud), /451/);
      receiver.refuse(false);
      await mailed(cloud);
      await mailed(cloud);
      const [mail, ...more] = receiver.mails;
      assert.equal(more.length, 0);
      assert.deepEqual(
        [mail!.login, mail!.from, mail!.to],
        ['cloud a secret of mail', 'cloud@example.org', ['one@example.org', 'two@example.org']],
      );
      assert.match(mail!.text, /^Subject: ALERT\.MANAGEMENT: Something is wrong$/m);
      assert.match(mail!.text, /^Look at it\.$/m);
      const kept = await cloud.db.read.one<{ value: string }>(
        sql`select value from setting where name = 'alert.smtp.password'`,
      );
      assert.ok(!kept.value.includes('a secret'));
      await set(cloud, { 'alert.smtp.useStartTLS': true });
      await raise(cloud, 'Another thing');
      await assert.rejects(mailed(cloud), /STARTTLS|upgrade|TLS/i);
      assert.equal(receiver.mails.length, 1, 'nothing goes out in clear where encryption is asked for');
    } finally {
      receiver.close();
    }
  }),
);

test(
  'without a server, sender or addresses nothing is sent, and what is over by then is not news',
  inCloud(async (cloud) => {
    const sent: string[] = [];
    cloud.world.drivers.mail = { send: async (_server, { subject }) => void sent.push(subject) };
    await raise(cloud, 'nobody to tell');
    await mailed(cloud);
    await set(cloud, {
      'alert.smtp.host': 'mail.example.org',
      'alert.email.sender': 'cloud@example.org',
      'alert.email.addresses': 'one@example.org',
    });
    await raise(cloud, 'over already');
    await cloud.db.read.run(sql`update alert set resolved = now() where subject = 'over already'`);
    await raise(cloud, 'still so');
    await mailed(cloud);
    assert.deepEqual(sent, ['ALERT.MANAGEMENT: still so']);
  }),
);
