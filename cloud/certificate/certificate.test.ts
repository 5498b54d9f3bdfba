// Certificates of the cloud's authority, with the real authority.
import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { useAuthority } from '#test/authority.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { sql } from '#kernel/sql.ts';
import * as x509 from '@peculiar/x509';

async function makeRequest(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return (
    await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=evil',
      keys: keys as never,
      signingAlgorithm: algorithm,
    })
  ).toString('pem');
}

test(
  "a request is signed for the operator's names",
  inCloud(async (cloud) => {
    await useAuthority(cloud);
    const guid = '6b6a40a4-58f6-4e60-8a3c-0a4b3f2b7c11';
    const { certificates } = await cloud.admin.job('issueCertificate', {
      csr: await makeRequest(),
      domain: guid,
      ipaddress: '10.0.0.7',
      duration: 30,
    });
    const certificate = new X509Certificate(certificates.certificate);
    assert.equal(certificate.subject, `CN=${guid}`);
    assert.match(certificate.subjectAltName!, /10\.0\.0\.7/);
    assert.ok(certificate.verify(new X509Certificate(certificates.cacertificates).publicKey));
    assert.ok(Math.abs(new Date(certificate.validTo).getTime() - Date.now() - 30 * 86_400_000) < 3_600_000);
    assert.equal(certificates.privatekey, undefined);
    assert.equal(
      (await cloud.admin.call('listCaCertificate'))['cacertificates'].cacertificates,
      certificates.cacertificates,
    );
  }),
);

test(
  'without a request a key is made, and kept sealed',
  inCloud(async (cloud) => {
    await useAuthority(cloud);
    const { jobid } = await cloud.admin.call('issueCertificate', { domain: 'host.example' });
    const { certificates } = await cloud.admin.job('issueCertificate', { domain: 'host.example' });
    assert.match(certificates.privatekey, /^sealed:/);
    assert.equal(
      (
        await cloud.db.read.rows(
          sql`select 1 from job where input::text like '%PRIVATE KEY%' or result::text like '%PRIVATE KEY%'`,
        )
      ).length,
      0,
    );
    const result = (await cloud.admin.call('queryAsyncJobResult', { jobid }))['jobresult'].certificates;
    assert.ok(new X509Certificate(result.certificate).checkPrivateKey(createPrivateKey(result.privatekey)));
  }),
);

test(
  'what is wrong is named',
  inCloud(async (cloud) => {
    await useAuthority(cloud);
    const refused = async (params: Record<string, string>): Promise<string> =>
      (await cloud.admin.refused('issueCertificate', params)).errortext;
    assert.match(await refused({ domain: 'host1,Nephos-Server' }), /the name of management servers/);
    assert.match(await refused({ csr: 'nonsense', domain: 'x' }), /^csr is no certificate signing request/);
    assert.match(await refused({}), /missing parameter domain/);
    assert.match(await refused({ domain: 'bad name' }), /^domain has 'bad name'/);
    assert.match(await refused({ ipaddress: '1.2.3' }), /^ipaddress has '1.2.3'/);
    assert.match(await refused({ domain: 'x', duration: '0' }), /^duration is 0/);
    assert.match(await refused({ domain: 'x', provider: 'acme' }), /accepted: root/);
    const { user } = await makeAccount(cloud, { name: 'plain' });
    assert.equal((await user.refused('issueCertificate', { domain: 'x' })).errorcode, 432);
    assert.equal((await cloud.admin.call('listCAProviders'))['caprovider'][0].name, 'root');
  }),
);
