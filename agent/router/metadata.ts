// What a guest asks its gateway about itself: metadata and user data on port 80, its password on 8080, answered by the
// address it asks from. Pure functions; sockets are elsewhere. Paths and words are those of CloudStack's router.
// Invariant: an answer depends on the asking address alone, never on anything the guest says about itself.
import type { RouterSpec } from '#protocol/messages.ts';

export type GuestData = {
  metadata: ReadonlyMap<string, string>;
  userData: Buffer;
  password: { id: string; value: string } | null;
};
export type Answer = { status: number; type: string; body: string | Buffer };

const TEXT = 'text/plain; charset=utf-8';
const plain = (body: string, status = 200): Answer => ({ status, type: TEXT, body });
const notFound = (): Answer => plain('', 404);

/** By the guest's address. `taken` are ids of passwords that were handed over. */
export function metadataOf(spec: RouterSpec, taken: ReadonlySet<string>): Map<string, GuestData> {
  return new Map(
    spec.guest.hosts.map((host) => [
      host.ip,
      {
        metadata: new Map(Object.entries(host.metadata)),
        userData: Buffer.from(host.userData ?? '', 'base64'),
        password: host.password === null || taken.has(host.password.id) ? null : host.password,
      },
    ]),
  );
}

export function answerMetadata(guest: GuestData | undefined, path: string): Answer {
  const parts = path
    .split('?')[0]!
    .split('/')
    .filter((part) => part !== '');
  if (guest === undefined || parts[0] !== 'latest' || parts.length > 3) return notFound();
  const [, first, second] = parts;
  if (first === undefined) return plain('meta-data/\nuser-data');
  if (first === 'user-data' && second === undefined)
    return { status: 200, type: 'application/octet-stream', body: guest.userData };
  if (first === 'meta-data' && second === undefined) return plain([...guest.metadata.keys()].join('\n'));
  const name = first === 'meta-data' ? second! : second === undefined ? first : '';
  const value = guest.metadata.get(name);
  return value === undefined ? notFound() : plain(value);
}

export type PasswordAnswer = Answer & { taken: string | null };

/** `request` is the header DomU_Request. `taken` in the answer is the id of a password the guest says it has. */
export function answerPassword(guest: GuestData | undefined, request: string | undefined): PasswordAnswer {
  const password = guest?.password ?? null;
  if (request === 'send_my_password') return { ...plain(password?.value ?? 'saved_password'), taken: null };
  if (request === 'saved_password') return { ...plain('saved_password'), taken: password?.id ?? null };
  return { ...plain('bad_request'), taken: null };
}
