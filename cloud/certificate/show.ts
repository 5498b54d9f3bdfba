// listCaCertificate and listCAProviders: the cloud's one authority.
import { listCaCertificate, listCAProviders } from '#api/infra/certificate.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';

const PROVIDER = 'root';

export function checkProvider(provider: string | undefined): void {
  if (provider !== undefined && provider !== PROVIDER)
    fail('invalidParameter', `provider is '${provider}'; accepted: ${PROVIDER}`, { parameter: 'provider' });
}

export const showCa = implement(listCaCertificate, async (cx, { provider }) => {
  checkProvider(provider);
  return { cacertificates: cx.world.authority.caPem };
});

export const listProviders = implement(listCAProviders, async (_cx, { name }) => {
  const items =
    name === undefined || name === PROVIDER
      ? [{ name: PROVIDER, description: "The cloud's own certificate authority" }]
      : [];
  return { items, count: items.length };
});
