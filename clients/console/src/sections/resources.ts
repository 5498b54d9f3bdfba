// The sections of what tenants use besides instances and networks: volumes, images, offerings.
import { account, created, name, state, zone } from './section.ts';
import type { Group } from './section.ts';

export const storage: Group = {
  label: 'nav.storage',
  sections: [
    {
      path: 'volumes',
      entity: 'volume',
      label: 'section.volumes',
      icon: 'disk',
      create: 'createVolume',
      columns: [
        name,
        state,
        { field: 'type', label: 'col.type' },
        { field: 'size', label: 'col.size', kind: 'bytes' },
        { field: 'vmdisplayname', label: 'instances.one', rank: 2 },
        { field: 'storage', label: 'col.storage', rank: 3 },
        zone,
        created,
      ],
    },
  ],
};

export const images: Group = {
  label: 'nav.images',
  sections: [
    {
      path: 'templates',
      entity: 'template',
      label: 'section.templates',
      icon: 'image',
      create: 'registerTemplate',
      columns: [
        name,
        { field: 'isready', label: 'col.ready', kind: 'yesno' },
        { field: 'status', label: 'col.status', rank: 2 },
        { field: 'ostypename', label: 'instance.os', rank: 2 },
        { field: 'size', label: 'col.size', kind: 'bytes' },
        zone,
        account,
      ],
    },
    {
      path: 'isos',
      entity: 'iso',
      label: 'section.isos',
      icon: 'image',
      create: 'registerIso',
      columns: [
        name,
        { field: 'isready', label: 'col.ready', kind: 'yesno' },
        { field: 'ostypename', label: 'instance.os', rank: 2 },
        { field: 'size', label: 'col.size', kind: 'bytes' },
        zone,
        account,
      ],
    },
  ],
};

export const offerings: Group = {
  label: 'nav.offerings',
  sections: [
    {
      path: 'compute-offerings',
      entity: 'serviceoffering',
      label: 'section.computeOfferings',
      icon: 'sliders',
      create: 'createServiceOffering',
      columns: [
        name,
        { field: 'cpunumber', label: 'col.cpus', kind: 'number' },
        { field: 'cpuspeed', label: 'col.mhz', kind: 'number', rank: 2 },
        { field: 'memory', label: 'instance.memory', kind: 'mib' },
        { field: 'displaytext', label: 'col.description', rank: 3 },
        created,
      ],
    },
    {
      path: 'disk-offerings',
      entity: 'diskoffering',
      label: 'section.diskOfferings',
      icon: 'sliders',
      create: 'createDiskOffering',
      columns: [
        name,
        { field: 'disksize', label: 'col.gib', kind: 'number' },
        { field: 'iscustomized', label: 'col.custom', kind: 'yesno' },
        { field: 'displaytext', label: 'col.description', rank: 2 },
        created,
      ],
    },
    {
      path: 'network-offerings',
      entity: 'networkoffering',
      label: 'section.networkOfferings',
      icon: 'sliders',
      create: 'createNetworkOffering',
      adminOnly: true,
      columns: [
        name,
        state,
        { field: 'guestiptype', label: 'col.type' },
        { field: 'availability', label: 'col.availability', rank: 2 },
        { field: 'displaytext', label: 'col.description', rank: 3 },
        created,
      ],
    },
  ],
};
