// The certificate authority that hosts and servers trust.
import { command, everyone, p, rootOnly } from '../define.ts';
import { caProviderResponse, certificateResponse } from './responses.ts';

export const listCAProviders = command('listCAProviders', {
  summary: 'List the certificate authority providers',
  roles: rootOnly,
  mode: 'list',
  since: '4.11.0',
  params: {
    name: p.string(),
  },
  returns: caProviderResponse,
});

export const listCaCertificate = command('listCaCertificate', {
  summary: 'Show the certificate of the certificate authority',
  roles: everyone,
  mode: 'sync',
  since: '4.11.0',
  params: {
    provider: p.string(),
  },
  returns: certificateResponse,
  objectName: 'cacertificates',
});

export const issueCertificate = command('issueCertificate', {
  summary: 'Issue a certificate for a name or address, from a signing request or with a new key',
  roles: rootOnly,
  mode: 'async',
  since: '4.11.0',
  event: 'CA.CERTIFICATE.ISSUE',
  javaClass: 'admin.ca.IssueCertificateCmd',
  params: {
    csr: p.string({ maxLength: 65535 }),
    domain: p.string(),
    duration: p.integer(),
    ipAddress: p.string(),
    provider: p.string(),
  },
  returns: certificateResponse,
});
