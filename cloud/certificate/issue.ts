// issueCertificate: a certificate for a host or a name, signed by the cloud's own authority, from a signing request or with a
// key made for it. The names are the operator's, never the request's.
import { isIP } from 'node:net';
import { issueCertificate } from '#api/infra/certificate.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Caller, type World } from '../context.ts';
import { SERVER_NAME } from './server-name.ts';
import { checkProvider } from './show.ts';

interface Issued {
  certificate: string;
  caPem: string;
  sealedKey: string | null;
}
type Params = Values<typeof issueCertificate.params>;

const MAX_DAYS = 3_650;
const NAME = /^(\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?$/i;

/** The certificate was signed before the request was recorded; the job carries it to whoever waits. */
export const certificateIssued = workflow<Issued, Issued, World>('certificate.issued', async (_job, input) => input);

const split = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

function namesOf({ domain, ipAddress }: Params): string[] {
  const [domains, addresses] = [split(domain), split(ipAddress)];
  for (const name of domains)
    if (!NAME.test(name) || /^[\d.]+$/.test(name))
      fail('invalidParameter', `domain has '${name.slice(0, 60)}'; names of hosts parted by commas are accepted`, {
        parameter: 'domain',
      });
  for (const address of addresses)
    if (isIP(address) === 0)
      fail('invalidParameter', `ipaddress has '${address.slice(0, 60)}'; addresses parted by commas are accepted`, {
        parameter: 'ipaddress',
      });
  const names = [...new Set([...domains, ...addresses])];
  // whoever shows it is taken for a management server by hosts and servers
  if (names.some((name) => name.toLowerCase() === SERVER_NAME))
    fail(
      'invalidParameter',
      `domain has '${SERVER_NAME}', the name of management servers; a host's own name is accepted`,
      {
        parameter: 'domain',
      },
    );
  return names.length > 0
    ? names
    : fail(
        'missingParameter',
        'Unable to execute API command issuecertificate due to missing parameter domain (or ipaddress)',
        { parameter: 'domain' },
      );
}

async function sign(world: World, _caller: Caller, params: Params): Promise<Issued> {
  checkProvider(params.provider);
  const names = namesOf(params);
  const days = params.duration ?? world.settings.number('ca.framework.cert.validity.period');
  if (days < 1 || days > MAX_DAYS)
    fail('invalidParameter', `duration is ${days}; 1 to ${MAX_DAYS} days are accepted`, { parameter: 'duration' });
  const options = { commonName: names[0]!, names, days };
  const { caPem } = world.authority;
  if (params.csr !== undefined)
    return { certificate: await world.authority.sign(params.csr, options), caPem, sealedKey: null };
  const { cert, key } = await world.authority.issue(options);
  return { certificate: cert, caPem, sealedKey: world.sealer.seal(key) };
}

export const issue = implement(
  issueCertificate,
  async (cx, _params, issued: Issued) => cx.enqueue(certificateIssued, issued, { lanes: [] }),
  async (cx, { certificate, caPem, sealedKey }: Issued) => ({
    certificate,
    cacertificates: caPem,
    ...(sealedKey === null ? {} : { privatekey: cx.sealer.open(sealedKey) }),
  }),
  { probe: sign },
);
