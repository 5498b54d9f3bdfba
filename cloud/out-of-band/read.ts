// How a controller's address and login are read from parameters. Each refusal names the parameter and what is accepted.
import { isIP } from 'node:net';
import { fail } from '#api/errors.ts';

const LONGEST = 255;
const NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?$/i;

/** A name or an address; where several machines are behind one service (Redfish), followed by / and the id of one. */
export function readAddress(text: string): string {
  const [host = '', system, ...more] = text.trim().split('/');
  const fits = (isIP(host) > 0 || NAME.test(host)) && more.length === 0 && (system === undefined || NAME.test(system));
  return fits
    ? text.trim()
    : fail(
        'invalidParameter',
        `address is '${text.slice(0, 60)}'; a name or an address of the controller is accepted`,
        {
          parameter: 'address',
        },
      );
}

export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return port > 0 && port < 65_536
    ? port
    : fail('invalidParameter', `port is '${text.slice(0, 20)}'; 1 to 65535 are accepted`, { parameter: 'port' });
}

// oxlint-disable-next-line no-control-regex -- what no login may hold
const CONTROL = /[\0-\x1f\x7f]/;
export const readText = (text: string, parameter: 'username' | 'password'): string =>
  text.length > 0 && text.length <= LONGEST && !CONTROL.test(text)
    ? text
    : fail('invalidParameter', `${parameter}: 1 to ${LONGEST} characters are accepted, and no control characters`, {
        parameter,
      });
