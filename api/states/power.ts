// The power of a host as its controller tells it. Names of states and events are CloudStack's. Ours is that a refused login leads
// from Unknown to Unknown: there it is no event at all, though it happens again and again.
import { machine } from '../machine.ts';

export const powerMachine = machine(
  'outofbandmanagement',
  { initial: ['Disabled', 'Unknown', 'On', 'Off'] },
  {
    Disabled: { On: 'On', Off: 'Off', Unknown: 'Unknown', AuthError: 'Unknown', Disabled: 'Disabled' },
    On: { On: 'On', Off: 'Off', Unknown: 'Unknown', AuthError: 'Unknown', Disabled: 'Disabled' },
    Off: { On: 'On', Off: 'Off', Unknown: 'Unknown', AuthError: 'Unknown', Disabled: 'Disabled' },
    Unknown: { On: 'On', Off: 'Off', Unknown: 'Unknown', AuthError: 'Unknown', Disabled: 'Disabled' },
  },
);
