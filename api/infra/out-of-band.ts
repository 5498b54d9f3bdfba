// Management of hosts over the network when they are off: through their controllers (BMCs), over IPMI or Redfish.
import { command, p, rootOnly } from '../define.ts';
import { outOfBandManagementResponse } from './host-responses.ts';

const hostId = p.uuid('host', { access: 'operate', required: true });
const family = { roles: rootOnly, since: '4.9.0', returns: outOfBandManagementResponse } as const;

const powerActions = ['ON', 'OFF', 'CYCLE', 'RESET', 'SOFT', 'STATUS'] as const;

export const configureOutOfBandManagement = command('configureOutOfBandManagement', {
  ...family,
  summary: "Say how a host's controller is reached, or say it anew",
  mode: 'sync',
  resource: 'Host',
  params: {
    hostId,
    driver: p.string({ required: true, summary: 'what its controller speaks: ipmitool or redfish' }),
    address: p.string({
      required: true,
      summary: 'name or address of its controller; with Redfish / and the id of the system may follow',
    }),
    port: p.string({ required: true, summary: 'port of its controller: 623 for IPMI, 443 for Redfish' }),
    username: p.string({ required: true }),
    password: p.string({ required: true, secret: true }),
  },
});

export const enableOutOfBandManagementForHost = command('enableOutOfBandManagementForHost', {
  ...family,
  summary: "Let a host's power be commanded through its controller",
  mode: 'async',
  event: 'HOST.OOBM.ENABLE',
  resource: 'Host',
  javaClass: 'admin.outofbandmanagement.EnableOutOfBandManagementForHostCmd',
  params: { hostId },
});

export const disableOutOfBandManagementForHost = command('disableOutOfBandManagementForHost', {
  ...family,
  summary: 'Leave the controller of a host alone',
  mode: 'async',
  event: 'HOST.OOBM.DISABLE',
  resource: 'Host',
  javaClass: 'admin.outofbandmanagement.DisableOutOfBandManagementForHostCmd',
  params: { hostId },
});

export const enableOutOfBandManagementForCluster = command('enableOutOfBandManagementForCluster', {
  ...family,
  summary: 'Take back that the controllers of a cluster are left alone',
  mode: 'async',
  event: 'HOST.OOBM.ENABLE',
  resource: 'Cluster',
  javaClass: 'admin.outofbandmanagement.EnableOutOfBandManagementForClusterCmd',
  params: { clusterId: p.uuid('cluster', { access: 'operate', required: true }) },
});

export const disableOutOfBandManagementForCluster = command('disableOutOfBandManagementForCluster', {
  ...family,
  summary: 'Leave the controllers of all hosts of a cluster alone',
  mode: 'async',
  event: 'HOST.OOBM.DISABLE',
  resource: 'Cluster',
  javaClass: 'admin.outofbandmanagement.DisableOutOfBandManagementForClusterCmd',
  params: { clusterId: p.uuid('cluster', { access: 'operate', required: true }) },
});

export const enableOutOfBandManagementForZone = command('enableOutOfBandManagementForZone', {
  ...family,
  summary: 'Take back that the controllers of a zone are left alone',
  mode: 'async',
  event: 'HOST.OOBM.ENABLE',
  resource: 'Zone',
  javaClass: 'admin.outofbandmanagement.EnableOutOfBandManagementForZoneCmd',
  params: { zoneId: p.uuid('zone', { access: 'operate', required: true }) },
});

export const disableOutOfBandManagementForZone = command('disableOutOfBandManagementForZone', {
  ...family,
  summary: 'Leave the controllers of all hosts of a zone alone',
  mode: 'async',
  event: 'HOST.OOBM.DISABLE',
  resource: 'Zone',
  javaClass: 'admin.outofbandmanagement.DisableOutOfBandManagementForZoneCmd',
  params: { zoneId: p.uuid('zone', { access: 'operate', required: true }) },
});

export const issueOutOfBandManagementPowerAction = command('issueOutOfBandManagementPowerAction', {
  ...family,
  summary: 'Switch a host on or off through its controller, or ask whether it is on',
  mode: 'async',
  event: 'HOST.OOBM.ACTION',
  resource: 'Host',
  javaClass: 'admin.outofbandmanagement.IssueOutOfBandManagementPowerActionCmd',
  params: {
    hostId,
    action: p.string({ required: true, oneOf: powerActions, summary: 'what is done with its power' }),
    timeout: p.long({ summary: 'seconds it may take; the setting of the cluster without it' }),
  },
});

export const changeOutOfBandManagementPassword = command('changeOutOfBandManagementPassword', {
  ...family,
  summary: "Change the password of a host's controller, there and here",
  mode: 'async',
  event: 'HOST.OOBM.CHANGEPASSWORD',
  resource: 'Host',
  javaClass: 'admin.outofbandmanagement.ChangeOutOfBandManagementPasswordCmd',
  params: {
    hostId,
    password: p.string({ secret: true }),
  },
});
