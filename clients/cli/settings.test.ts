// Where address and keys come from, who wins, and how they are kept.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectOptions, loadSettings, saveSetting } from './settings.ts';
import { testWorld } from './test-world.ts';

const cmkConfig = `[core]
prompt = 🐱
asyncblock = true
output = table
profile = prod

[prod]
url = https://cloud.example/client/api
username = admin
password = \`p;w#1\`
domain = /a
apikey =
secretkey =

[lab]
url       = http://lab:8080/client/api
apikey    = labkey
secretkey = lab=secret
`;

test('with nothing configured it is a fresh server of one’s own', (t) => {
  assert.deepEqual(connectOptions(loadSettings({}, testWorld(t))), {
    url: 'http://localhost:8080/client/api',
    username: 'admin',
    password: 'password',
    domain: '/',
  });
});

test('the local cloud is found by its data folder, in the current one or where NEPHOS_DATA says', (t) => {
  const world = testWorld(t, { env: {} });
  const local = { api: 'http://127.0.0.1:8080/client/api', apikey: 'ak', secretkey: 'sk' };
  world.write('data/cloud.json', JSON.stringify(local));
  const { profile, access } = loadSettings({}, world);
  assert.deepEqual([profile, access], ['cloud', { url: local.api, apikey: 'ak', secretkey: 'sk' }]);
  world.write('broken/cloud.json', '{');
  const broken = { ...world, env: { NEPHOS_DATA: join(world.home, 'broken') } };
  assert.throws(() => loadSettings({}, broken), /broken\/cloud\.json is not JSON; accepted: /);
  world.write('elsewhere/cloud.json', JSON.stringify({ ...local, apikey: 'other' }));
  assert.equal(
    loadSettings({}, { ...world, env: { NEPHOS_DATA: join(world.home, 'elsewhere') } }).access.apikey,
    'other',
  );
});

test('CloudMonkey’s configuration is read as it is while there is none of ours', (t) => {
  const world = testWorld(t);
  world.write('.cmk/config', cmkConfig);
  const settings = loadSettings({}, world);
  assert.equal(settings.core.output, 'table');
  assert.deepEqual(connectOptions(settings), {
    url: 'https://cloud.example/client/api',
    username: 'admin',
    password: 'p;w#1',
    domain: '/a',
  });
  assert.deepEqual(connectOptions(loadSettings({ profile: 'lab' }, world)), {
    url: 'http://lab:8080/client/api',
    apiKey: 'labkey',
    secretKey: 'lab=secret',
    signature: 'v3',
  });
  world.write(
    '.nephos/config',
    '[core]\nprofile = own\n[own]\nurl = http://own/client/api\napikey = a\nsecretkey = b\nsignature = legacy\n',
  );
  assert.deepEqual(connectOptions(loadSettings({}, world)), {
    url: 'http://own/client/api',
    apiKey: 'a',
    secretKey: 'b',
    signature: 'legacy',
  });
});

test('flags win over the environment, the environment over the default profile, a named profile over the environment', (t) => {
  for (const env of [
    { CLOUDSTACK_API_URL: 'http://env/api', CLOUDSTACK_API_KEY: 'ek', CLOUDSTACK_SECRET_KEY: 'es' },
    { CLOUDSTACK_ENDPOINT: 'http://env/api', CLOUDSTACK_KEY: 'ek', CLOUDSTACK_SECRET: 'es' },
  ]) {
    const world = testWorld(t, { env });
    world.write('.cmk/config', cmkConfig);
    const fromEnv = connectOptions(loadSettings({}, world));
    assert.deepEqual(fromEnv, { url: 'http://env/api', apiKey: 'ek', secretKey: 'es', signature: 'v3' });
    assert.equal(connectOptions(loadSettings({ profile: 'lab' }, world)).url, 'http://lab:8080/client/api');
    const flags = { url: 'http://flag/api', apikey: 'fk', secretkey: 'fs' };
    assert.deepEqual(connectOptions(loadSettings(flags, world)), {
      url: 'http://flag/api',
      apiKey: 'fk',
      secretKey: 'fs',
      signature: 'v3',
    });
  }
});

test('what is set is kept for its owner only, with all that was there before', (t) => {
  const world = testWorld(t);
  world.write('.cmk/config', cmkConfig);
  assert.equal(saveSetting(loadSettings({}, world), 'password', 'new;pw'), 'prod');
  assert.equal(saveSetting(loadSettings({}, world), 'output', 'yaml'), 'core');
  const file = join(world.home, '.nephos', 'config');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(world.home, '.nephos')).mode & 0o777, 0o700);
  const settings = loadSettings({}, world);
  assert.deepEqual(
    [settings.core.output, settings.access.password, settings.sections.lab?.secretkey],
    ['yaml', 'new;pw', 'lab=secret'],
  );
  assert.match(readFileSync(join(world.home, '.cmk/config'), 'utf8'), /output = table/);
});

test('what is set first completes a fresh server', (t) => {
  const world = testWorld(t);
  saveSetting(loadSettings({}, world), 'url', 'http://first/client/api');
  const expected = { url: 'http://first/client/api', username: 'admin', password: 'password', domain: '/' };
  assert.deepEqual(connectOptions(loadSettings({}, world)), expected);
});

test('a profile that is set and does not exist begins as a fresh server', (t) => {
  const world = testWorld(t);
  saveSetting(loadSettings({}, world), 'profile', 'mine');
  saveSetting(loadSettings({}, world), 'url', 'http://mine/client/api');
  const { profile, access } = loadSettings({}, world);
  assert.deepEqual([profile, access.url, access.username], ['mine', 'http://mine/client/api', 'admin']);
});

test('what is wrong is said with what would be right', (t) => {
  const world = testWorld(t);
  world.write('.cmk/config', cmkConfig);
  world.write('no-url', '[core]\nprofile = x\n[x]\napikey = a\nsecretkey = b\n');
  const settings = loadSettings({}, world);
  assert.throws(() => loadSettings({ profile: 'nope' }, world), /no profile 'nope'; there are: prod, lab/);
  assert.throws(() => loadSettings({ config: join(world.home, 'gone') }, world), /there is no configuration/);
  assert.throws(
    () => connectOptions(loadSettings({ config: join(world.home, 'no-url') }, world)),
    /profile 'x' has no url/,
  );
  assert.throws(() => saveSetting(settings, 'output', 'xml'), /output is 'xml'; accepted: json/);
  assert.throws(() => saveSetting(settings, 'colour', 'red'), /no setting 'colour'; accepted: prompt/);
  assert.throws(() => saveSetting(settings, 'timeout', 'soon'), /seconds are accepted/);
  assert.throws(() => saveSetting(settings, 'url', 'a\n[core]'), /line break/);
});
