// listProjects and listProjectInvitations: there are no projects in this cloud, and it says so.
import { listProjectInvitations, listProjects as command } from '#api/identity/project.ts';
import { implement } from '../context.ts';

export const listProjects = implement(command, async () => ({ items: [], count: 0 }), undefined, {
  scopesItself: true,
});
export const listInvitations = implement(listProjectInvitations, async () => ({ items: [], count: 0 }), undefined, {
  scopesItself: true,
});
