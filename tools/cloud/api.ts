// The little the installer needs of the API, on the public one: look a thing up by name, make it if it is not there.
import { connect, type Client } from '../../clients/sdk/client.ts';
import type { CloudFile } from './cloud-file.ts';

export type Thing = Readonly<Record<string, unknown>> & { id: string; name?: string; state?: string };
export type Params = Readonly<Record<string, string | number | boolean>>;

export interface Api {
  call(command: string, params?: Params): Promise<Readonly<Record<string, unknown>>>;
  /** Things of a list answer. */
  list(command: string, params?: Params): Promise<Thing[]>;
  /** The thing an answer or a job's result holds. `say` hears the job's progress. */
  make(command: string, params: Params, say?: (text: string) => void): Promise<Thing>;
  /** The one with this name, or a new one. */
  ensure(wanted: { list: string; where?: Params; name: string; create: string; params: Params }): Promise<Thing>;
}

const texts = (params: Params): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
const isThing = (value: unknown): value is Thing =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export const withKeys = (cloud: Pick<CloudFile, 'api' | 'apikey' | 'secretkey'>): Api =>
  apiOn(connect({ url: cloud.api, apiKey: cloud.apikey, secretKey: cloud.secretkey }));
export const withPassword = (cloud: Pick<CloudFile, 'api' | 'username' | 'password'>): Api =>
  apiOn(connect({ url: cloud.api, username: cloud.username, password: cloud.password }));

function apiOn(client: Client): Api {
  const call: Api['call'] = (command, params = {}) =>
    client.request(
      command,
      texts(params),
      command.startsWith('list') || command.startsWith('get') || command.startsWith('query') ? 'GET' : 'POST',
    );
  const list: Api['list'] = async (command, params) =>
    (Object.values(await call(command, params)).find(Array.isArray) as Thing[] | undefined) ?? [];
  const make: Api['make'] = async (command, params, say) => {
    const answer = await call(command, params);
    const done =
      typeof answer['jobid'] === 'string'
        ? await client.waitFor(answer['jobid'], say ? { onProgress: ({ steps }) => say(steps.at(-1)?.name ?? '') } : {})
        : answer;
    const listed = Object.values(done).find(Array.isArray) as Thing[] | undefined;
    return listed?.[0] ?? Object.values(done).find(isThing) ?? (done as Thing);
  };
  return {
    call,
    list,
    make,
    ensure: async ({ list: command, where = {}, name, create, params }) =>
      (await list(command, where)).find((thing) => thing.name === name) ?? make(create, { ...where, ...params }),
  };
}
