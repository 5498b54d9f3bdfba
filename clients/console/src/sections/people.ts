// The sections of who uses the cloud and what they have done.
import { created, name, state } from './section.ts';
import type { Group } from './section.ts';

export const people: Group = {
  label: 'nav.people',
  sections: [
    {
      path: 'accounts',
      entity: 'account',
      label: 'section.accounts',
      icon: 'user',
      create: 'createAccount',
      adminOnly: true,
      columns: [
        name,
        state,
        { field: 'rolename', label: 'account.role' },
        { field: 'vmtotal', label: 'instances.title', kind: 'number', rank: 2 },
        { field: 'domain', label: 'login.domain', rank: 2 },
        created,
      ],
    },
    {
      path: 'users',
      entity: 'user',
      label: 'section.users',
      icon: 'user',
      create: 'createUser',
      adminOnly: true,
      columns: [
        { field: 'username', label: 'login.user' },
        state,
        { field: 'email', label: 'col.email', rank: 2 },
        { field: 'account', label: 'col.account' },
        { field: 'rolename', label: 'account.role', rank: 2 },
        created,
      ],
    },
    {
      path: 'domains',
      entity: 'domain',
      label: 'section.domains',
      icon: 'user',
      create: 'createDomain',
      adminOnly: true,
      columns: [
        name,
        state,
        { field: 'path', label: 'col.path', kind: 'mono' },
        { field: 'vmtotal', label: 'instances.title', kind: 'number', rank: 2 },
      ],
    },
  ],
};

export const activity: Group = {
  label: 'nav.activity',
  sections: [
    {
      path: 'events',
      entity: 'event',
      label: 'section.events',
      icon: 'pulse',
      columns: [
        { field: 'description', label: 'col.description' },
        { field: 'type', label: 'col.type', kind: 'mono', rank: 2 },
        { field: 'level', label: 'col.level', rank: 3 },
        { field: 'state', label: 'col.state', rank: 3 },
        { field: 'username', label: 'col.user' },
        { field: 'created', label: 'col.created', kind: 'date' },
      ],
    },
  ],
};
