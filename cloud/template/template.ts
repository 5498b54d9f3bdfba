// Images, as the verbs of instances need them.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { imageInZone } from './for-guest.store.ts';

export interface ImageForGuest {
  templateId: number;
  sizeBytes: number;
  hypervisor: string;
  passwordEnabled: boolean;
  sshkeyEnabled: boolean;
  guestOsId: number | null;
}

/** The image a guest boots from, ready in the zone, or a refusal that says what is wrong with it. */
export async function imageForGuest(
  tx: Tx,
  {
    templateId,
    zoneId,
    hypervisor,
  }: { templateId: number | undefined; zoneId: number; hypervisor: string | undefined },
): Promise<ImageForGuest> {
  if (templateId === undefined)
    return fail(
      'missingParameter',
      'Unable to execute API command deployvirtualmachine due to missing parameter templateid',
      { parameter: 'templateid' },
    );
  const image = await imageInZone(tx, { templateId, zoneId });
  if (image.isIso)
    fail('unsupported', `templateid: ${image.name} is an ISO; instances are deployed from templates`, {
      parameter: 'templateid',
    });
  if (image.state !== 'Active')
    fail('invalidParameter', `templateid: the template ${image.name} is ${image.state.toLowerCase()}`, {
      parameter: 'templateid',
    });
  if (image.withdrawn)
    fail('invalidParameter', `templateid: the template ${image.name} is not offered in this zone`, {
      parameter: 'templateid',
    });
  if (!image.ready)
    fail('invalidParameter', `templateid: the template ${image.name} is not ready in this zone${image.progress}`, {
      parameter: 'templateid',
    });
  if (hypervisor !== undefined && hypervisor.toLowerCase() !== image.hypervisor.toLowerCase())
    fail('invalidParameter', `hypervisor is ${hypervisor}, the template ${image.name} is for ${image.hypervisor}`, {
      parameter: 'hypervisor',
    });
  return {
    templateId,
    sizeBytes: image.sizeBytes,
    hypervisor: image.hypervisor,
    passwordEnabled: image.passwordEnabled,
    sshkeyEnabled: image.sshkeyEnabled,
    guestOsId: image.guestOsId,
  };
}
