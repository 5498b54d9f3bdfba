// updateHost: name, tags, a note, what it is for, and whether anything new is placed on it.
import { updateHost } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { annotate, changeHost, hostDetails, hostNameTaken, lockHost, moveResource } from './host.store.ts';
import { showHosts } from './show.ts';

export const update = implement(updateHost, async (cx, params) => {
  if (params.isTagARule)
    fail('unsupported', 'istagarule: tags of this cloud are plain tags; leave it out or say false', {
      parameter: 'istagarule',
    });
  if (params.guestOsRule !== undefined)
    fail('unsupported', 'guestosrule: hosts of this cloud have none; leave it out', { parameter: 'guestosrule' });
  if (params.externalDetails)
    fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
      parameter: 'externaldetails',
    });
  const [before] = await hostDetails(cx.tx, [params.id]);
  if (
    params.name !== undefined &&
    (await hostNameTaken(cx.tx, { zoneUuid: before!.zoneUuid, name: params.name, except: params.id }))
  )
    fail('invalidParameter', `name: there is a host ${params.name} in the zone already`, { parameter: 'name' });
  if (params.allocationState !== undefined) {
    await lockHost(cx.tx, params.id);
    await moveResource(cx.tx, params.id, params.allocationState);
  }
  await changeHost(cx.tx, params.id, {
    name: params.name,
    url: params.url,
    tags: params.hostTags,
    os_category_id: params.osCategoryId,
  });
  if (params.annotation !== undefined)
    await annotate(cx.tx, { uuid: before!.uuid, text: params.annotation, userId: cx.caller.userId });
  return (await showHosts(cx, [params.id]))[0]!;
});
