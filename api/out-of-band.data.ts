// Settings of the controllers of hosts (BMCs), and of the protocols they are spoken to with.
import { flag, section, text, whole } from './setting.ts';

export const outOfBandSettings = section('Infrastructure', 'Out-of-band management', {
  'outofbandmanagement.action.timeout': whole(60, "How long a power action of a host's controller may take", {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'outofbandmanagement.background.task.execution.interval': whole(
    4,
    'How often the controllers of hosts are asked for the power state',
    { unit: 'seconds' },
  ),
  'outofbandmanagement.sync.poolsize': whole(50, 'How many controllers are asked for the power state at once'),
  'outofbandmanagement.ipmitool.interface': text('lanplus', 'What ipmitool speaks with controllers: IPMI 2.0 or 1.5', {
    oneOf: ['lanplus', 'lan'],
  }),
  'outofbandmanagement.ipmitool.path': text('/usr/bin/ipmitool', 'Where the program ipmitool is'),
  'outofbandmanagement.ipmitool.retries': whole(1, 'How many times ipmitool asks for each answer'),
  'redfish.ignore.ssl': flag(false, 'Believe Redfish controllers whatever certificate they show'),
  'redfish.retries': whole(2, 'How often a Redfish controller is asked again that cannot be reached'),
  'redfish.use.https': flag(true, 'Speak with Redfish controllers over TLS; without it logins can be read on the way'),
});
