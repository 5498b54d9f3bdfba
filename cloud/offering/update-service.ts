// updateServiceOffering: name, audience, tags and state; a size never changes, for instances were sold it.
import { updateServiceOffering } from '#api/offering/compute.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { changedDomains, changedZones, mayChangeOffering, readTags } from './offered.ts';
import { changeServiceOffering, serviceOfferingsByIds } from './service.store.ts';
import { serviceOfferingView } from './service.view.ts';
import { checkMayTag } from './tagged.ts';

export const updateService = implement(updateServiceOffering, async (cx, params) => {
  if (params.externalDetails)
    fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
      parameter: 'externaldetails',
    });
  const [before] = await serviceOfferingsByIds(cx.tx, [params.id]);
  await mayChangeOffering(cx, { domainIds: before!.domainIds, what: 'service offering' });
  checkMayTag(cx, { hosttags: params.hostTags, storagetags: params.storageTags });
  await changeServiceOffering(cx.tx, params.id, {
    name: params.name,
    display_text: params.displayText,
    sort_key: params.sortKey,
    state: params.state,
    host_tags: readTags(params.hostTags),
    storage_tags: readTags(params.storageTags),
    domain_ids: await changedDomains(cx, params.domainId),
    zone_ids: await changedZones(cx, params.zoneId),
    details:
      params.purgeResources === undefined
        ? undefined
        : JSON.stringify({ ...before!.details, 'purge.db.entities': String(params.purgeResources) }),
  });
  const [offering] = await serviceOfferingsByIds(cx.tx, [params.id]);
  await cx.event({ description: `Service offering ${offering!.name} was changed`, uuid: offering!.uuid });
  return serviceOfferingView(offering!, cx.settings);
});
