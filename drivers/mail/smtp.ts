// Mail over SMTP. The library is loaded with the first mail: most clouds send none.
import type { MailDriver } from '#cloud/alert/driver.ts';

const SMTPS_PORT = 465;

export const smtpMail: MailDriver = {
  send: async ({ host, port, startTls, login, timeoutMs, connectTimeoutMs }, mail) => {
    const { createTransport } = await import('nodemailer');
    const isSecure = port === SMTPS_PORT;
    const transport = createTransport({
      host,
      port,
      secure: isSecure,
      ...(isSecure ? {} : startTls ? { requireTLS: true } : { ignoreTLS: true }),
      ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await transport.sendMail({ ...mail, to: [...mail.to] });
    } finally {
      transport.close();
    }
  },
};
