// Settings of high availability, host maintenance and moving instances.
import { flag, section, whole } from './setting.ts';

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
  'migrate.vm.across.clusters': flag(false, 'Move running instances to hosts of other clusters too', {
    scope: ['Zone'],
  }),
  migratewait: whole(3600, 'How long the move of a running instance may take', { unit: 'seconds' }),
});
