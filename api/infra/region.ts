// Regions: this installation and others it knows of.
import { command, everyone, p, paging, rootOnly, success } from '../define.ts';
import { regionResponse } from './responses.ts';

export const addRegion = command('addRegion', {
  summary: 'Add a region: another installation and where its API answers',
  roles: rootOnly,
  mode: 'sync',
  params: {
    id: p.integer({ required: true }),
    name: p.string({ required: true }),
    endpoint: p.string({ required: true }),
  },
  returns: regionResponse,
});

export const listRegions = command('listRegions', {
  summary: 'List regions',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.integer(),
    name: p.string(),
    ...paging,
  },
  returns: regionResponse,
});

export const updateRegion = command('updateRegion', {
  summary: "Change a region's name or endpoint",
  roles: rootOnly,
  mode: 'sync',
  params: {
    id: p.integer({ required: true }),
    name: p.string(),
    endpoint: p.string(),
  },
  returns: regionResponse,
});

export const removeRegion = command('removeRegion', {
  summary: 'Remove a region',
  roles: rootOnly,
  mode: 'sync',
  params: {
    id: p.integer({ required: true }),
  },
  returns: success,
});
