// createDomain, updateDomain, moveDomain. Names are unique among siblings, whatever their case; a path follows from names.
import { isUuid } from '#base/id.ts';
import { createDomain, moveDomain, updateDomain } from '#api/identity/domain.ts';
import { fail } from '#api/errors.ts';
import { tellChange } from '#kernel/move.ts';
import { implement, type Cx } from '../context.ts';
import { limitsOf, type ResourceKind } from '../limit/limit.ts';
import { recountUnder } from '../limit/recount.ts';
import {
  changeDomain,
  domainById,
  insertDomain,
  lockTree,
  movePaths,
  siblingNamed,
  uuidTaken,
  type DomainRow,
} from './domain.store.ts';
import { checkNetworkDomain, showDomain } from './domain.ts';

const ROOT_DOMAIN = 1;

function checkName(text: string): string {
  const name = text.trim();
  if (name === '' || /[/\\%\p{Cc}]/u.test(name))
    fail(
      'invalidParameter',
      `name is '${text.slice(0, 60)}'; a text without slashes, per cent signs and control characters is accepted`,
      { parameter: 'name' },
    );
  return name;
}

const refuseTaken = (name: string, parent: DomainRow): never =>
  fail('invalidParameter', `name: there is a domain ${name} below ${parent.name} already`, { parameter: 'name' });

export const create = implement(createDomain, async (cx, params) => {
  const name = checkName(params.name);
  const wished = params.domainId?.toLowerCase();
  if (wished !== undefined && !isUuid(wished))
    fail(
      'invalidParameter',
      `domainid is '${wished.slice(0, 60)}'; the UUID that the new domain shall have is accepted`,
      { parameter: 'domainid' },
    );
  if (wished !== undefined && (await uuidTaken(cx.tx, wished)))
    fail('invalidParameter', `domainid: there is a domain ${wished} already`, { parameter: 'domainid' });
  await lockTree(cx.tx);
  const parent = await domainById(
    cx.tx,
    params.parentDomainId ?? (cx.caller.isRoot ? ROOT_DOMAIN : cx.caller.domainId),
  );
  if (parent.state !== 'Active')
    fail('wrongState', `The domain ${parent.name} is ${parent.state}; nothing can be made in it`, {
      parameter: 'parentdomainid',
    });
  if (await siblingNamed(cx.tx, { parentId: parent.id, name })) refuseTaken(name, parent);
  const { id } = await insertDomain(cx.tx, {
    uuid: wished,
    parent_id: parent.id,
    name,
    path: `${parent.path}${name}/`,
    level: parent.level + 1,
    network_domain: checkNetworkDomain(params.networkDomain),
  });
  return told(cx, id, `Domain ${name} was created`);
});

export const update = implement(updateDomain, async (cx, params) => {
  await lockTree(cx.tx);
  const domain = await domainById(cx.tx, params.id);
  if (params.name !== undefined) await rename(cx, domain, checkName(params.name));
  await changeDomain(cx.tx, domain.id, { network_domain: checkNetworkDomain(params.networkDomain) });
  return told(cx, domain.id, `Domain ${domain.name} was changed`);
});

async function rename(cx: Cx, domain: DomainRow, name: string): Promise<void> {
  if (name === domain.name) return;
  if (domain.parentId === null) fail('invalidParameter', 'name: the ROOT domain keeps its name', { parameter: 'name' });
  const parent = await domainById(cx.tx, domain.parentId);
  if (await siblingNamed(cx.tx, { parentId: parent.id, name, except: domain.id })) refuseTaken(name, parent);
  await changeDomain(cx.tx, domain.id, { name });
  await movePaths(cx.tx, { from: domain.path, to: `${parent.path}${name}/`, deeper: 0 });
}

export const moveIt = implement(moveDomain, async (cx, params) => {
  await lockTree(cx.tx);
  const [domain, parent] = [await domainById(cx.tx, params.domainId), await domainById(cx.tx, params.parentDomainId)];
  if (domain.parentId === null)
    fail('invalidParameter', 'domainid: the ROOT domain cannot be moved', { parameter: 'domainid' });
  if (parent.path.startsWith(domain.path))
    fail('invalidParameter', `parentdomainid: ${parent.name} lies in ${domain.name}; a domain outside it is accepted`, {
      parameter: 'parentdomainid',
    });
  if (parent.id === domain.parentId)
    fail('invalidParameter', `parentdomainid: ${domain.name} lies in ${parent.name} already`, {
      parameter: 'parentdomainid',
    });
  if (parent.state !== 'Active')
    fail('wrongState', `The domain ${parent.name} is ${parent.state}; nothing can be moved into it`, {
      parameter: 'parentdomainid',
    });
  if (await siblingNamed(cx.tx, { parentId: parent.id, name: domain.name }))
    fail('invalidParameter', `parentdomainid: there is a domain ${domain.name} below ${parent.name} already`, {
      parameter: 'parentdomainid',
    });
  await changeDomain(cx.tx, domain.id, { parent_id: parent.id });
  await movePaths(cx.tx, {
    from: domain.path,
    to: `${parent.path}${domain.name}/`,
    deeper: parent.level + 1 - domain.level,
  });
  await recountUnder(cx.tx, domain.parentId);
  await recountUnder(cx.tx, domain.id);
  await checkLimits(cx, parent.id);
  return told(cx, domain.id, `Domain ${domain.name} was moved below ${parent.name}`);
});

/** What came along must fit the new parent and all above it. */
async function checkLimits(cx: Cx, domainId: number): Promise<void> {
  for (let at: number | null = domainId; at !== null;) {
    const domain: DomainRow = await domainById(cx.tx, at);
    const limits = await limitsOf(cx.tx, cx.settings, { ownerType: 'd', owner: { accountId: 0, domainId: at } });
    const over = (Object.entries(limits) as [ResourceKind, { max: number; used: number }][]).find(
      ([, { max, used }]) => max >= 0 && used > max,
    );
    if (over)
      fail(
        'resourceAllocation',
        `parentdomainid: with it the domain ${domain.name} would have ${over[1].used} ${over[0]}, and may have ${over[1].max}`,
        { parameter: 'parentdomainid' },
      );
    at = domain.parentId;
  }
}

async function told(cx: Cx, id: number, description: string): ReturnType<typeof showDomain> {
  const { uuid } = await domainById(cx.tx, id);
  await tellChange(cx.tx, { entity: 'domain', uuid, accountId: null, domainId: id });
  await cx.event({
    description,
    uuid,
    resourceType: 'Domain',
    owner: { accountId: cx.caller.accountId, domainId: id },
  });
  return showDomain(cx, id);
}
