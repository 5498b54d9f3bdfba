// Tags on resources.
import { command, everyone, p, paging, scoping, success } from '../define.ts';
import { tagResponse } from './responses.ts';

export const createTags = command('createTags', {
  summary: 'Put tags on resources',
  roles: everyone,
  mode: 'async',
  since: '4.0.0',
  event: 'CREATE_TAGS',
  javaClass: 'user.tag.CreateTagsCmd',
  params: {
    resourceIds: p.strings({ required: true }),
    resourceType: p.string({ required: true }),
    tags: p.map({ required: true, mapKeys: ['key', 'value'] }),
    customer: p.string(),
  },
  returns: success,
});

export const listTags = command('listTags', {
  summary: 'List tags',
  roles: everyone,
  mode: 'list',
  since: '4.0.0',
  params: {
    customer: p.string(),
    key: p.string(),
    resourceId: p.string(),
    resourceType: p.string(),
    value: p.string(),
    ...scoping,
    ...paging,
  },
  returns: tagResponse,
});

export const deleteTags = command('deleteTags', {
  summary: 'Remove tags from resources',
  roles: everyone,
  mode: 'async',
  since: '4.0.0',
  event: 'DELETE_TAGS',
  javaClass: 'user.tag.DeleteTagsCmd',
  params: {
    resourceIds: p.strings({ required: true }),
    resourceType: p.string({ required: true }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
  },
  returns: success,
});
