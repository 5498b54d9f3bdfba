// What the cloud asks of whoever delivers mail.

export interface MailServer {
  host: string;
  port: number;
  /** Encrypt after the greeting; port 465 is encrypted from its first byte anyway. */
  startTls: boolean;
  login: { user: string; password: string } | undefined;
  timeoutMs: number;
  connectTimeoutMs: number;
}
export interface Mail {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
}
export interface MailDriver {
  /** Resolves once the server has taken it. */
  send(server: MailServer, mail: Mail): Promise<void>;
}
