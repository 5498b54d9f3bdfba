// updateVolume: its name, its protection, whether it is shown. Where it lies and in which state it is, is not said but done.
import { updateVolume } from '#api/storage/volume.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { customUuid } from './create.ts';
import { showVolume } from './show.ts';
import { changeVolume, lockVolume } from './volume.store.ts';

export const update = implement(
  updateVolume,
  async (cx, params) => {
    if (params.id === undefined)
      return fail('missingParameter', 'Unable to execute API command updatevolume due to missing parameter id', {
        parameter: 'id',
      });
    const facts = { path: params.path, chaininfo: params.chainInfo, state: params.state, storageid: params.storageId };
    const fact = Object.entries(facts).find(([, value]) => value !== undefined)?.[0];
    if (fact)
      fail(
        'unsupported',
        `${fact} of a volume is what it is and cannot be said otherwise; accepted: name, deleteprotection, displayvolume, customid`,
        { parameter: fact },
      );
    const volume = await lockVolume(cx.tx, params.id);
    const uuid = customUuid(cx, params.customId);
    if (uuid !== undefined && volume.poolId !== null)
      fail('invalidParameter', `customid: the file of the volume ${volume.name} is named by its id, which stays`, {
        parameter: 'customid',
      });
    const changes = {
      name: params.name,
      delete_protection: params.deleteProtection,
      display: params.displayVolume,
      uuid,
    };
    if (Object.values(changes).some((value) => value !== undefined)) await changeVolume(cx.tx, volume.id, changes);
    return cx.enqueue(
      recorded,
      { id: volume.id },
      { lanes: [`volume:${volume.id}`], about: uuid ?? volume.uuid, owner: volume },
    );
  },
  (cx, { id }: Recorded) => showVolume(cx, id),
);
