// createSSHKeyPair, registerSSHKeyPair, listSSHKeyPairs, deleteSSHKeyPair. A private key is shown by the call that made it and
// kept nowhere.
import { createSSHKeyPair, deleteSSHKeyPair, listSSHKeyPairs, registerSSHKeyPair } from '#api/vm/access.ts';
import type { sshKeyPairResponse } from '#api/vm/access-responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { done, implement, type Cx } from '../context.ts';
import { acceptedTypes, fingerprintOf, lineOf, makePair, parsePublicKey, type PublicKey } from './openssh.ts';
import { deleteKey, findKeys, insertKey, keysByIds, sameKey, type KeyRow } from './ssh-key.store.ts';

interface Owned {
  name: string;
  account?: string;
  domainId?: number;
  projectId?: number;
}

async function record(cx: Cx, params: Owned, key: PublicKey): Promise<KeyRow> {
  const [owner, name, fingerprint] = [await cx.owner(params), params.name.trim(), fingerprintOf(key)];
  if (name === '')
    fail('invalidParameter', 'name is empty; the name of the key pair is accepted', { parameter: 'name' });
  const same = await sameKey(cx.tx, { accountId: owner.accountId, name, fingerprint });
  if (same)
    fail(
      'invalidParameter',
      same.name === name
        ? `name: A key pair with name '${name}' already exists.`
        : `publickey: the account has this key already, under the name ${same.name}`,
      { parameter: same.name === name ? 'name' : 'publickey' },
    );
  const { id, uuid } = await insertKey(cx.tx, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    name,
    public_key: lineOf(key),
    fingerprint,
  });
  await cx.event({ description: `SSH key pair ${name} was added`, uuid, resourceType: 'SSHKeyPair', owner });
  return (await keysByIds(cx.tx, [id]))[0]!;
}

export const create = implement(createSSHKeyPair, async (cx, params) => {
  const { publicKey, privatePem } = await makePair(
    Math.min(16_384, Math.max(2_048, cx.settings.number('ssh.key.length'))),
  );
  return { ...keyView(await record(cx, params, publicKey)), privatekey: privatePem };
});

export const register = implement(registerSSHKeyPair, async (cx, params) => {
  const key = parsePublicKey(params.publicKey);
  if (!key)
    fail(
      'invalidParameter',
      `publickey is no public SSH key; a line as in authorized_keys is accepted, of one of the types ${acceptedTypes}`,
      { parameter: 'publickey' },
    );
  return keyView(await record(cx, params, key));
});

export const list = implement(listSSHKeyPairs, async (cx, params) => {
  const { rows, count } = await findKeys(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    fingerprint: params.fingerprint,
  });
  return { items: rows.map(keyView), count };
});

export const remove = implement(deleteSSHKeyPair, async (cx, params) => {
  const owner = await cx.owner(params);
  if (!(await deleteKey(cx.tx, { accountId: owner.accountId, name: params.name })))
    fail('invalidParameter', `name: A key pair with name '${params.name}' does not exist for this account.`, {
      parameter: 'name',
    });
  return done;
});

const keyView = (key: KeyRow): Shape<typeof sshKeyPairResponse> => ({
  id: key.uuid,
  name: key.name,
  fingerprint: key.fingerprint,
  account: key.account,
  domain: key.domain,
  domainid: key.domainUuid,
  hasannotations: key.annotated,
});
