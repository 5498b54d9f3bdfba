// reserveIpAddress, releaseIpAddress, updateIpAddress.
import { releaseIpAddress, reserveIpAddress, updateIpAddress } from '#api/network/address.ts';
import { fail } from '#api/errors.ts';
import { isUuid } from '#base/id.ts';
import { done, implement } from '../context.ts';
import { reserve } from '../limit/limit.ts';
import { recorded } from '../recorded.ts';
import { freeReserved } from './address.ts';
import { changeAddress, lockAddress, moveAddress, uuidTaken } from './address.store.ts';
import { showAddress } from './address.view.ts';
import { databaseNow } from '#kernel/clock.ts';

export const reserveIt = implement(reserveIpAddress, async (cx, params) => {
  const owner = await cx.owner(params);
  const address = await lockAddress(cx.tx, params.id);
  if (
    address.state !== 'Free' ||
    address.system ||
    address.forSystemVms ||
    (address.rangeAccountId !== null && address.rangeAccountId !== owner.accountId)
  ) {
    fail('invalidParameter', 'id: that address cannot be set aside; the id of a free public address is accepted', {
      parameter: 'id',
    });
  }
  await reserve(cx.tx, cx.settings, owner, { publicIps: 1 });
  await moveAddress(cx.tx, address.id, 'Reserve');
  await changeAddress(cx.tx, address.id, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    reserved: true,
    allocated: databaseNow(),
    display: params.forDisplay,
  });
  await cx.event({ description: `Public address ${address.address} was set aside`, uuid: address.uuid, owner });
  return showAddress(cx.tx, address.id);
});

export const releaseIt = implement(releaseIpAddress, async (cx, params) => {
  const address = await lockAddress(cx.tx, params.id);
  if (address.state !== 'Reserved')
    fail(
      'wrongState',
      `${address.address} is ${address.state}; one that is Reserved can be given back so, others by disassociateIpAddress`,
      { parameter: 'id' },
    );
  const owner = { accountId: address.accountId!, domainId: address.domainId! };
  await freeReserved(cx.tx, address);
  await cx.event({
    description: `Public address ${address.address} was given back`,
    uuid: address.uuid,
    resourceType: 'IpAddress',
    owner,
  });
  return done;
});

export const update = implement(
  updateIpAddress,
  async (cx, params) => {
    const address = await lockAddress(cx.tx, params.id);
    if (params.customId !== undefined && !isUuid(params.customId))
      fail('invalidParameter', `customid is '${params.customId.slice(0, 60)}'; a UUID is accepted`, {
        parameter: 'customid',
      });
    if (params.customId !== undefined && (await uuidTaken(cx.tx, params.customId)))
      fail('invalidParameter', `customid: another address has ${params.customId}`, { parameter: 'customid' });
    if (params.customId !== undefined || params.forDisplay !== undefined)
      await changeAddress(cx.tx, address.id, { uuid: params.customId, display: params.forDisplay });
    const owner =
      address.accountId === null ? undefined : { accountId: address.accountId, domainId: address.domainId! };
    return cx.enqueue(
      recorded,
      { id: address.id },
      { lanes: [], about: params.customId ?? address.uuid, ...(owner ? { owner } : {}) },
    );
  },
  async (cx, { id }: { id: number }) => showAddress(cx.tx, id),
);
