// Settings of high availability, host maintenance and moving instances.
import { flag, number, section, whole } from './setting.ts';

export const availabilitySettings = section('Compute', 'High availability', {
  'vm.ha.enabled': flag(true, 'Start instances anew whose host is gone', { scope: ['Zone'] }),
  'force.ha': flag(false, 'Start all instances anew whose host is gone, not only those that ask for it', {
    scope: ['Cluster'],
  }),
  'kvm.ha.degraded.max.period': whole(
    300,
    'How long a host may be out of reach that is alive on its storage, before its instances are ended there and started elsewhere',
    { unit: 'seconds', scope: ['Cluster'] },
  ),
  'kvm.ha.activity.check.interval': whole(
    60,
    'How long such a host is left alone where no neighbour reaches it either',
    { unit: 'seconds', scope: ['Cluster'] },
  ),
  'kvm.ha.recover.failure.threshold': whole(1, 'How often a lost host is started anew before it is left as it is', {
    unit: 'attempts',
    scope: ['Cluster'],
  }),
  'kvm.ha.recover.timeout': whole(60, 'How long starting a lost host anew may take its controller', {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'kvm.ha.recover.wait.period': whole(600, 'How long a host that was started anew has to be heard again', {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'kvm.ha.fence.timeout': whole(60, "How long a lost host's controller has to say that it is off", {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'ha.max.concurrent.fence.operations': whole(25, 'How many lost hosts are looked after at once', {
    unit: 'hosts',
  }),
  'max.retries': whole(5, 'How often it is tried to start an instance anew whose host was lost', { unit: 'attempts' }),
  'ha.restart.pause': whole(10, 'Pause between two such attempts', { unit: 'seconds' }),
  'vm.ha.alerts.enabled': flag(true, 'Raise an alert for each instance that was lost with its host', {
    scope: ['Zone'],
  }),
  'kvm.ha.health.check.timeout': whole(10, 'How long the check of a host may take', {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'kvm.ha.activity.check.timeout': whole(60, 'How long one look for activity on storage may take', {
    unit: 'seconds',
    scope: ['Cluster'],
  }),
  'kvm.ha.activity.check.max.attempts': whole(10, 'How many looks for activity make a sample', {
    unit: 'attempts',
    scope: ['Cluster'],
  }),
  'kvm.ha.activity.check.failure.ratio': number(0.7, 'Share of looks without activity from which a host is lost', {
    unit: 'share',
    scope: ['Cluster'],
  }),
  'kvm.ha.fence.on.storage.heartbeat.failure': flag(
    false,
    'Restart a host that cannot write its heartbeat on storage; hosts of this cloud end the instances that use it',
    { scope: ['Zone'] },
  ),
  'migrate.vm.across.clusters': flag(false, 'Move running instances to hosts of other clusters too', {
    scope: ['Zone'],
  }),
  migratewait: whole(3600, 'How long the move of a running instance may take', { unit: 'seconds' }),
});
