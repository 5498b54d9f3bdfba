// Projects: accounts that work on shared things.
import { command, domainScoping, everyone, p, paging, scoping } from '../define.ts';
import { projectResponse } from './owner-responses.ts';
import { projectInvitationResponse } from './responses.ts';

export const listProjects = command('listProjects', {
  summary: 'List projects',
  roles: everyone,
  mode: 'list',
  since: '3.0.0',
  params: {
    id: p.uuid('project'),
    name: p.string(),
    account: p.string(),
    details: p.strings(),
    displayText: p.string(),
    showIcon: p.boolean(),
    state: p.string(),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    username: p.string(),
    ...domainScoping,
    ...paging,
  },
  returns: projectResponse,
});

export const listProjectInvitations = command('listProjectInvitations', {
  summary: 'List invitations to projects',
  roles: everyone,
  mode: 'list',
  since: '3.0.0',
  params: {
    id: p.uuid('projectinvitation'),
    activeOnly: p.boolean(),
    state: p.string(),
    userId: p.uuid('user'),
    ...scoping,
    ...paging,
  },
  returns: projectInvitationResponse,
});
