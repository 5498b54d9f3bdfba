// Guest operating systems and their categories.
import { command, everyone, p, paging, rootOnly } from '../define.ts';
import { architectures } from '../texts.ts';
import { guestOsCategoryResponse, guestOsResponse } from './responses.ts';

export const listOsTypes = command('listOsTypes', {
  summary: 'List guest operating systems',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('guestos'),
    description: p.string({ since: '3.0.1' }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.18.1' }),
    ids: p.uuids('guestos', { since: '4.22.1' }),
    osCategoryId: p.uuid('guestoscategory'),
    ...paging,
  },
  returns: guestOsResponse,
});

export const listOsCategories = command('listOsCategories', {
  summary: 'List categories of guest operating systems',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('guestoscategory'),
    name: p.string({ since: '3.0.1' }),
    arch: p.string({ oneOf: architectures, since: '4.21.0' }),
    isFeatured: p.boolean({ since: '4.21.0' }),
    isIso: p.boolean({ since: '4.21.0' }),
    isVnf: p.boolean({ since: '4.21.0' }),
    showIcon: p.boolean({ since: '4.21.0' }),
    zoneId: p.uuid('zone', { since: '4.21.0' }),
    ...paging,
  },
  returns: guestOsCategoryResponse,
});
