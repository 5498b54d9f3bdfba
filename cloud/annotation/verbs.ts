// addAnnotation, listAnnotations, removeAnnotation: comments on things, for whoever may act on them; some for administrators only.
import { addAnnotation, listAnnotations, removeAnnotation } from '#api/tag/annotation.ts';
import type { annotationResponse } from '#api/tag/responses.ts';
import type { Shape } from '#api/define.ts';
import type { EntityName } from '#api/entities.ts';
import { fail, notFoundText } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { findResource, kindNamed, type Resource } from '../tag/resource.ts';
import {
  annotationByUuid,
  findAnnotations,
  insertAnnotation,
  removeAnnotation as removeRow,
  type AnnotationRow,
} from './annotation.store.ts';

/** CloudStack's words for what can be commented on. */
const kinds: Readonly<Record<string, EntityName>> = {
  VM: 'virtualmachine',
  VOLUME: 'volume',
  INSTANCE_GROUP: 'instancegroup',
  SSH_KEYPAIR: 'sshkeypair',
  USER_DATA: 'userdata',
  NETWORK: 'network',
  PUBLIC_IP_ADDRESS: 'publicipaddress',
  TEMPLATE: 'template',
  ISO: 'iso',
  SERVICE_OFFERING: 'serviceoffering',
  DISK_OFFERING: 'diskoffering',
  NETWORK_OFFERING: 'networkoffering',
  ZONE: 'zone',
  POD: 'pod',
  CLUSTER: 'cluster',
  HOST: 'host',
  DOMAIN: 'domain',
  PRIMARY_STORAGE: 'storagepool',
  SECONDARY_STORAGE: 'imagestore',
  VR: 'router',
  AFFINITY_GROUP: 'affinitygroup',
  MANAGEMENT_SERVER: 'managementserver',
  USER_API_KEYPAIR: 'apikeypair',
};
const MAX_LENGTH = 1_024;

const commented = (cx: Cx, entityType: string, entityId: string, command: string): Promise<Resource> =>
  findResource(cx, {
    kinds,
    kind: kindNamed(entityType, kinds, 'entitytype'),
    value: entityId,
    parameter: 'entityid',
    command,
    access: 'operate',
  });

export const add = implement(addAnnotation, async (cx, params) => {
  if (params.entityType === undefined || params.entityId === undefined)
    fail(
      'missingParameter',
      'Unable to execute API command addannotation due to missing parameter entitytype (with entityid)',
      { parameter: 'entitytype' },
    );
  const text = params.annotation?.trim() ?? '';
  if (text === '' || text.length > MAX_LENGTH)
    fail('invalidParameter', `annotation has ${text.length} characters; 1 to ${MAX_LENGTH} are accepted`, {
      parameter: 'annotation',
    });
  if (params.adminsOnly && !cx.caller.isAdmin)
    fail('permissionDenied', 'adminsonly: administrators may write for administrators only', {
      parameter: 'adminsonly',
    });
  const on = await commented(cx, params.entityType, params.entityId, 'addAnnotation');
  const row = await insertAnnotation(cx.tx, {
    entity_type: on.kind,
    entity_uuid: on.uuid,
    text,
    user_id: cx.caller.userId,
    admins_only: params.adminsOnly ?? false,
  });
  await cx.event({ description: `A comment was written on ${on.kind} ${on.uuid}`, uuid: row.uuid });
  return annotationView(row);
});

export const list = implement(listAnnotations, async (cx, params) => {
  if (params.entityId !== undefined && params.entityType === undefined)
    fail(
      'missingParameter',
      'Unable to execute API command listannotations due to missing parameter entitytype (with entityid)',
      { parameter: 'entitytype' },
    );
  const on =
    params.entityType !== undefined && params.entityId !== undefined
      ? await commented(cx, params.entityType, params.entityId, 'listAnnotations')
      : undefined;
  const own = params.annotationFilter === 'self' || (!cx.caller.isRoot && !on);
  const { rows, count } = await findAnnotations(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    uuid: params.id,
    entityType:
      on?.kind ?? (params.entityType === undefined ? undefined : kindNamed(params.entityType, kinds, 'entitytype')),
    entityUuid: on?.uuid,
    userId: own ? cx.caller.userId : undefined,
    userUuid: params.userId,
    forAdmins: cx.caller.isAdmin,
  });
  return { items: rows.map(annotationView), count };
});

export const remove = implement(removeAnnotation, async (cx, { id }) => {
  const row = await annotationByUuid(cx.tx, id);
  if (!row || (row.userId !== cx.caller.userId && !cx.caller.isRoot))
    return fail('notFound', notFoundText('removeAnnotation', 'id', id.slice(0, 60)), { parameter: 'id' });
  await cx.event({ description: `A comment on ${row.entityType} ${row.entityUuid} was removed`, uuid: row.uuid });
  return annotationView(await removeRow(cx.tx, row.id));
});

const annotationView = (row: AnnotationRow): Shape<typeof annotationResponse> => ({
  id: row.uuid,
  entitytype: row.entityType,
  entityid: row.entityUuid,
  annotation: row.text,
  userid: row.userUuid,
  username: row.username,
  adminsonly: row.adminsOnly,
  created: row.created,
  removed: row.removed,
});
