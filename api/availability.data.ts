// Settings of high availability, host maintenance and moving instances.
import { flag, section, whole } from './setting.ts';

export const availabilitySettings = section('Compute', 'High availability', {
  'vm.ha.enabled': flag(true, 'Start instances anew whose host is gone', { scope: ['Zone'] }),
  'migrate.vm.across.clusters': flag(false, 'Move running instances to hosts of other clusters too', {
    scope: ['Zone'],
  }),
  migratewait: whole(3600, 'How long the move of a running instance may take', { unit: 'seconds' }),
});
