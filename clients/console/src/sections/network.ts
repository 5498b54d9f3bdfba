// The sections of networks.
import { account, name, state, zone } from './section.ts';
import type { Group } from './section.ts';

export const network: Group = {
  label: 'nav.network',
  sections: [
    {
      path: 'networks',
      entity: 'network',
      label: 'section.networks',
      icon: 'network',
      create: 'createNetwork',
      columns: [
        name,
        state,
        { field: 'type', label: 'col.type' },
        { field: 'cidr', label: 'col.cidr', kind: 'mono' },
        zone,
        { field: 'vlan', label: 'col.vlan', rank: 3 },
        account,
      ],
    },
    {
      path: 'addresses',
      entity: 'publicipaddress',
      label: 'section.addresses',
      icon: 'globe',
      create: 'associateIpAddress',
      columns: [
        { field: 'ipaddress', label: 'col.address', kind: 'mono' },
        state,
        { field: 'issourcenat', label: 'col.sourceNat', kind: 'yesno' },
        { field: 'associatednetworkname', label: 'deploy.network', rank: 2 },
        { field: 'virtualmachinename', label: 'instances.one', rank: 2 },
        zone,
        account,
      ],
    },
    {
      path: 'routers',
      entity: 'router',
      label: 'section.routers',
      icon: 'network',
      adminOnly: true,
      columns: [
        name,
        state,
        { field: 'publicip', label: 'col.address', kind: 'mono' },
        { field: 'guestnetworkname', label: 'deploy.network', rank: 2 },
        zone,
        { field: 'hostname', label: 'col.host', rank: 3 },
        account,
      ],
    },
  ],
};
