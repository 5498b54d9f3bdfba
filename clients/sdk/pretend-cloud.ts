// For tests only: an HTTP server on loopback that answers commands with what a test hands it and remembers what it was asked.
// It is no cloud: it checks neither signatures nor sessions; a test looks at `requests` for that.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Request {
  command: string;
  method: string;
  params: Record<string, string>;
  cookie: string;
  form: boolean;
}
/** What lies under the response key; or a refusal; or, as a string, a body that is no JSON. */
export type Reply = string | Refusal | (object & { refuse?: never });
interface Refusal {
  refuse: { status: number; cserrorcode?: number; text: string };
}
export type Handlers = Readonly<Record<string, (params: Record<string, string>, request: Request) => Reply>>;

export interface PretendCloud extends AsyncDisposable {
  readonly url: string;
  readonly requests: Request[];
}

export async function pretendCloud(handlers: Handlers): Promise<PretendCloud> {
  const requests: Request[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await readRequest(incoming);
    requests.push(request);
    const reply = handlers[request.command]?.(request.params, request) ?? refusalOf(request.command);
    const { status, body } = bodyOf(request.command, reply);
    const cookies =
      request.command === 'login'
        ? { 'set-cookie': ['JSESSIONID=node01;Path=/client', 'sessionkey=s3ss10n;HttpOnly'] }
        : {};
    outgoing.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...cookies }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/api`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const query = incoming.url?.split('?')[1] ?? '';
  const params = {
    ...Object.fromEntries(new URLSearchParams(body)),
    ...Object.fromEntries(new URLSearchParams(query)),
  };
  return {
    command: params.command ?? '',
    method: incoming.method ?? '',
    params,
    cookie: incoming.headers.cookie ?? '',
    form: body !== '',
  };
}

const refusalOf = (command: string): Reply => ({
  refuse: { status: 432, cserrorcode: 9999, text: `The API [${command}] does not exist` },
});

function bodyOf(command: string, reply: Reply): { status: number; body: string } {
  if (typeof reply === 'string') return { status: 200, body: reply };
  const key = `${command.toLowerCase()}response`;
  if (!reply.refuse) return { status: 200, body: JSON.stringify({ [key]: reply }) };
  const { status, text, cserrorcode } = reply.refuse;
  return { status, body: JSON.stringify({ [key]: { uuidList: [], errorcode: status, cserrorcode, errortext: text } }) };
}
