// deleteServiceOffering: withdrawn, not removed; instances that have it keep it.
import { deleteServiceOffering } from '#api/offering/compute.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { mayChangeOffering } from './offered.ts';
import { changeServiceOffering, serviceOfferingsByIds } from './service.store.ts';

export const deleteService = implement(deleteServiceOffering, async (cx, params) => {
  const [offering] = await serviceOfferingsByIds(cx.tx, [params.id]);
  await mayChangeOffering(cx, { domainIds: offering!.domainIds, what: 'service offering' });
  if (offering!.isDefault)
    fail('invalidParameter', `Service offering ${offering!.name} is one of the cloud's own and cannot be deleted`, {
      parameter: 'id',
    });
  await changeServiceOffering(cx.tx, params.id, { state: 'Inactive' });
  await cx.event({
    description: `Service offering ${offering!.name} was deleted`,
    uuid: offering!.uuid,
    resourceType: 'ServiceOffering',
  });
  return done;
});
