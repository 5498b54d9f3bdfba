// Annotations: comments on resources.
import { command, p, paging, rootOnly } from '../define.ts';
import { annotationResponse } from './responses.ts';

export const addAnnotation = command('addAnnotation', {
  summary: 'Comment on a resource',
  roles: rootOnly,
  mode: 'sync',
  since: '4.11',
  event: 'ANNOTATION.CREATE',
  params: {
    adminsOnly: p.boolean({ since: '4.16.0' }),
    annotation: p.string(),
    entityId: p.string(),
    entityType: p.string(),
  },
  returns: annotationResponse,
});

export const listAnnotations = command('listAnnotations', {
  summary: 'List comments',
  roles: rootOnly,
  mode: 'list',
  since: '4.11',
  params: {
    id: p.string(),
    annotationFilter: p.string({ oneOf: ['self', 'all'], since: '4.16.0' }),
    entityId: p.string(),
    entityType: p.string(),
    userId: p.string({ since: '4.16.0' }),
    ...paging,
  },
  returns: annotationResponse,
});

export const removeAnnotation = command('removeAnnotation', {
  summary: 'Remove a comment',
  roles: rootOnly,
  mode: 'sync',
  since: '4.11',
  event: 'ANNOTATION.REMOVE',
  params: {
    id: p.string({ required: true }),
  },
  returns: annotationResponse,
});
