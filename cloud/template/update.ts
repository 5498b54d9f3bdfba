// updateTemplate and updateIso: what people read of an image and how guests use it. Its bytes never change.
import { updateIso } from '#api/image/iso.ts';
import { updateTemplate } from '#api/image/template.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { readDetails } from '../details.ts';
import { showImage } from './show.ts';
import { changeImage, lockImage, tellImage } from './template.store.ts';

type Shown = Awaited<ReturnType<typeof showImage>>;
type Params = Values<typeof updateTemplate.params> | Values<typeof updateIso.params>;

export const update = implement(updateTemplate, async (cx, params) => {
  const { templateTag, templateType, forCks } = params;
  if (templateTag !== undefined && !cx.caller.isRoot)
    fail('permissionDenied', 'templatetag may be given by root administrators', { parameter: 'templatetag' });
  if (forCks)
    fail('unsupported', 'forcks: this cloud runs no Kubernetes clusters; leave it out', { parameter: 'forcks' });
  return change(cx, params, {
    tag: templateTag,
    ...(templateType === undefined ? {} : { type: newType(cx, templateType) }),
  });
});

export const updateMedia = implement(updateIso, (cx, params) => change(cx, params, {}));

function newType(cx: Cx, text: string): string {
  const type = text.trim().toUpperCase();
  if (!cx.caller.isRoot)
    fail('permissionDenied', 'templatetype may be given by root administrators', { parameter: 'templatetype' });
  if (type !== 'USER' && type !== 'BUILTIN')
    fail('invalidParameter', `templatetype is '${text.slice(0, 40)}'; accepted: USER, BUILTIN`, {
      parameter: 'templatetype',
    });
  return type;
}

async function change(cx: Cx, params: Params, more: Readonly<Record<string, unknown>>): Promise<Shown> {
  const image = await lockImage(cx.tx, params.id);
  if (image.state !== 'Active') fail('wrongState', `${image.name} is being deleted`, { parameter: 'id' });
  if (params.isRouting)
    fail('unsupported', 'isrouting: routers of this cloud run without images; leave it out', {
      parameter: 'isrouting',
    });
  if (params.format !== undefined && params.format.toUpperCase() !== image.format) {
    fail(
      'invalidParameter',
      `format: ${image.name} was registered as ${image.format}; register it anew in another format`,
      { parameter: 'format' },
    );
  }
  await changeImage(cx.tx, image.id, {
    name: params.name,
    display_text: params.displayText,
    guest_os_id: params.osTypeId,
    arch: params.arch,
    bootable: params.bootable,
    password_enabled: params.passwordEnabled,
    sshkey_enabled: params.sshKeyEnabled,
    requires_hvm: params.requiresHvm,
    dynamically_scalable: params.isDynamicallyScalable,
    sort_key: params.sortKey,
    details: newDetails(params),
    ...more,
  });
  await tellImage(cx.tx, image);
  await cx.event({
    description: `${image.isIso ? 'ISO' : 'Template'} ${params.name ?? image.name} was changed`,
    uuid: image.uuid,
    owner: image,
  });
  return showImage(cx, image.id);
}

/** New details replace all old ones. */
function newDetails({ cleanupDetails, details }: Params): string | undefined {
  if (cleanupDetails) return '{}';
  return details === undefined ? undefined : JSON.stringify(readDetails(details));
}
