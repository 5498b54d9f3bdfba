// Controllers of hosts that are only told of, by address: with logins that are looked at, and with the failures a test sets.
import {
  PowerFailure,
  type Power,
  type PowerAction,
  type PowerDriver,
  type PowerFailureKind,
} from '#cloud/out-of-band/driver.ts';

export interface FakeController {
  power: Power;
  username: string;
  password: string;
  /** What it was asked to do, in order. */
  readonly acts: PowerAction[];
  /** Whatever is asked of it fails this way. */
  fails?: PowerFailureKind;
  /** Takes actions on and does nothing. */
  stuck?: boolean;
}

export interface FakePower extends PowerDriver {
  /** Made with its first use: on, and known to `admin` with `secret`. */
  at(address: string): FakeController;
}

export function fakePower(happened: (address: string, power: Power) => void = () => {}): FakePower {
  const controllers = new Map<string, FakeController>();
  const at = (address: string): FakeController => {
    const known = controllers.get(address);
    if (known) return known;
    const made: FakeController = { power: 'On', username: 'admin', password: 'secret', acts: [] };
    controllers.set(address, made);
    return made;
  };
  const loggedIn = ({ address, username, password }: { address: string; username: string; password: string }) => {
    const found = at(address);
    if (found.fails) throw new PowerFailure(found.fails, `the controller ${address} was told to fail: ${found.fails}`);
    if (found.username !== username || found.password !== password)
      throw new PowerFailure('login', `The controller ${address} refuses the user ${username} or its password`);
    return found;
  };
  return {
    at,
    names: ['fake'],
    check: () => {},
    status: async (controller) => loggedIn(controller).power,
    act: async (controller, action) => {
      const found = loggedIn(controller);
      found.acts.push(action);
      if (found.stuck || action === 'soft') return;
      if (action === 'off' || action === 'cycle') happened(controller.address, 'Off');
      if (action !== 'off') happened(controller.address, 'On');
      found.power = action === 'off' ? 'Off' : 'On';
    },
    changePassword: async (controller, password) => {
      loggedIn(controller).password = password;
    },
  };
}
