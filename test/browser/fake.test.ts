// The console's flows against the pretend cloud of clients/console/fake: what only the console decides, in a real browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '../../clients/console/build.ts';
import { pressed } from '../../clients/console/fake/screen.ts';
import { fakeCloud, type FakeCloud } from '../../clients/console/fake/server.ts';
import type { Scenario } from '../../clients/console/fake/world.ts';
import { go, heading, logIn, openBrowser, openPage, screenDigest, tabTo, until, withPage } from './browser.ts';

const ADMIN = { user: 'admin', password: 'password' };
let browser: Browser;
let dist: string;

before(async () => {
  ({ dist } = await buildConsole({ log: console.log }));
  browser = await openBrowser();
});
after(() => browser?.close());

/** A cloud and somebody logged in to it. */
async function inCloud(
  work: (cloud: FakeCloud, page: Page) => Promise<void>,
  {
    scenario,
    stepMs = 150,
    user = 'admin',
    at = '/client/',
  }: { scenario?: Scenario; stepMs?: number; user?: string; at?: string } = {},
): Promise<void> {
  const cloud = await fakeCloud({ scenario, dist, stepMs });
  try {
    await withPage(browser, async (page) => {
      await go(page, cloud.url + at);
      await logIn(page, { ...ADMIN, user });
      await work(cloud, page);
    });
  } finally {
    await cloud.close();
  }
}

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const stateOf = async (page: Page, name: string): Promise<string> =>
  (await row(page, name).locator('[data-key=state]').innerText()).trim();

test('a wrong password is refused in plain words, and the login leads to the address that was asked for', async () => {
  const cloud = await fakeCloud({ dist });
  await withPage(browser, async (page) => {
    await go(page, `${cloud.url}/client/instances?state=Stopped`);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Enter your user name.').waitFor();
    await page.getByLabel('User name').fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The user name or the password is wrong' }).waitFor();
    await logIn(page, ADMIN);
    await row(page, 'db-replica').waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/client/instances?state=Stopped');
    assert.equal(await page.getByRole('link', { name: 'web-1' }).count(), 0);
    assert.equal(await page.title(), 'Instances · Nephos');
  });
  await cloud.close();
});

test('an ended session leads to the login and back to the same address', () =>
  inCloud(async (cloud, page) => {
    await page.getByRole('link', { name: 'web-2' }).click();
    await heading(page, 'web-2');
    const { pathname } = new URL(page.url());
    cloud.endSessions();
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Reboot' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reboot' }).click();
    await page.getByText('Your session has ended. Log in to go on').waitFor();
    await logIn(page, ADMIN);
    await heading(page, 'web-2');
    assert.equal(new URL(page.url()).pathname, pathname);
  }));

test('a second tab of the same browser needs no second login, and a logout reaches it', () =>
  inCloud(async (cloud, page) => {
    const other = await page.context().newPage();
    await go(other, `${cloud.url}/client/instances`);
    await row(other, 'web-1').waitFor();
    await page.getByRole('button', { name: 'Account of admin' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByText('You have logged out.').waitFor();
    await other.getByText('You have logged out.').waitFor();
    assert.equal(new URL(page.url()).search, '', 'whoever logs in next begins at the beginning');
  }));

test('an empty cloud says what is missing and leads there', () =>
  inCloud(
    async (_cloud, page) => {
      await page.getByRole('heading', { name: 'No instances yet' }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'Register a template' }).count(), 0, 'one step at a time');
      await page.getByRole('link', { name: 'Add a zone' }).click();
      await heading(page, /Add a zone/);
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByText('fields need attention').waitFor();
      await page.getByRole('textbox', { name: /^Name/ }).fill('Bern');
      await page.getByRole('textbox', { name: /^DNS 1/ }).fill('9.9.9.9');
      await page.getByRole('textbox', { name: /^Internal DNS 1/ }).fill('9.9.9.9');
      await page.getByLabel(/^Network type/).selectOption('Advanced');
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByText('"Bern"').waitFor();
      await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Instances' }).click();
      await page.getByText('1 zone is enabled.').waitFor();
      await page.getByRole('link', { name: 'Register a template' }).waitFor();
    },
    { scenario: 'empty' },
  ));

test('a template that is still on its way is told, and users are told whom to ask', async () => {
  await inCloud(
    async (_cloud, page) => {
      await page.getByText('«Debian 13» is on its way: 43% Downloaded').waitFor();
    },
    { scenario: 'noTemplate' },
  );
  await inCloud(
    async (_cloud, page) => {
      await page.getByText('Ask an administrator of this cloud.').waitFor();
      assert.equal(await page.getByRole('link', { name: 'Add a zone' }).count(), 0);
      assert.equal(await page.getByRole('columnheader', { name: 'Host' }).count(), 0);
    },
    { scenario: 'empty', user: 'lena' },
  );
});

test('pages, search and filters are in the address and survive a reload', () =>
  inCloud(
    async (cloud, page) => {
      await page.getByText('1–20 of 437').waitFor();
      await page.getByRole('button', { name: 'Next page' }).click();
      await page.getByText('21–40 of 437').waitFor();
      assert.equal(new URL(page.url()).search, '?page=2');
      await page.getByRole('searchbox').fill('node-004');
      await page.getByText('1–10 of 10').waitFor();
      await page.getByLabel('State', { exact: true }).selectOption('Stopped');
      await page.getByText('1–1 of 1').waitFor();
      await page.reload();
      await row(page, 'node-0045').waitFor();
      assert.equal(await page.getByRole('searchbox').inputValue(), 'node-004');
      await page.getByRole('searchbox').fill('no such thing');
      await page.getByText('Nothing matches these filters').waitFor();
      await page.getByRole('button', { name: 'Clear filters' }).first().click();
      await page.getByText('1–20 of 437').waitFor();
      assert.equal(new URL(page.url()).search, '');
      await page.goBack();
      await page.getByText('Nothing matches these filters').waitFor();
      assert.ok(
        cloud.seen
          .filter(({ command }) => command === 'listVirtualMachines')
          .every(({ params }) => Number(params.pagesize) <= 500),
      );
    },
    { scenario: 'many' },
  ));

test('actions are offered where the state allows them, and say why where it does not', () =>
  inCloud(async (_cloud, page) => {
    await row(page, 'db-replica').getByRole('button', { name: 'Actions for db-replica' }).click();
    const stop = page.getByRole('menuitem', { name: /^Stop/ });
    assert.equal(await stop.getAttribute('aria-disabled'), 'true');
    assert.match(await stop.innerText(), /Not possible while Stopped/);
    await stop.dispatchEvent('click');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.getByRole('menuitem', { name: /^Start/ }).click();
    await until(async () => (await stateOf(page, 'db-replica')) === 'Starting', 'Starting');
    await until(async () => (await stateOf(page, 'db-replica')) === 'Running', 'Running');
    await page.getByText('Start db-replica: done').waitFor();
  }));

test('what somebody else does is seen within a second', () =>
  inCloud(
    async (cloud, page) => {
      const second = await openPage(browser);
      await go(second.page, `${cloud.url}/client/`);
      await logIn(second.page, ADMIN);
      await row(second.page, 'web-1').waitFor();
      await row(page, 'web-1').getByRole('button', { name: 'Stop web-1' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
      await until(async () => (await stateOf(page, 'web-1')) === 'Stopping', 'Stopping here');
      const took = await until(
        async () => (await stateOf(second.page, 'web-1')) === 'Stopping',
        'Stopping there',
        1000,
      );
      console.log(`seen by the second browser ${took.toFixed(0)} ms after the first`);
      await until(async () => (await stateOf(second.page, 'web-1')) === 'Stopped', 'Stopped there');
      await second.page.context().close();
    },
    { stepMs: 600 },
  ));

test('without a stream, what is under way is asked for every few seconds', () =>
  inCloud(
    async (cloud, page) => {
      cloud.streaming(false);
      await page.getByLabel(/^Every 3 s\./).waitFor();
      await row(page, 'db-replica').getByRole('button', { name: 'Start db-replica' }).click();
      await until(async () => (await stateOf(page, 'db-replica')) === 'Running', 'Running');
      const asked = (): number => cloud.seen.filter(({ command }) => command === 'listVirtualMachines').length;
      await page.getByText('Start db-replica: done').waitFor();
      const before = asked();
      await page.waitForTimeout(4000);
      assert.equal(asked(), before, 'nothing is under way, so nothing is asked');
    },
    { stepMs: 300 },
  ));

test('a lost connection is told with the age of the page, and is found again', () =>
  inCloud(async (cloud, page) => {
    await row(page, 'db-replica').waitFor();
    cloud.online(false);
    await page.getByText(/Connection lost\. What you see is from \d/).waitFor();
    await page.getByText(/Trying again/).waitFor();
    assert.equal(await stateOf(page, 'db-replica'), 'Stopped', 'what is known stays on screen');
    const instance = cloud.world.tables.virtualmachine.find(({ name }) => name === 'db-replica')!;
    instance.state = 'Running';
    cloud.online(true);
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 1000 })
      .catch(() => undefined);
    await page.getByText('Connected again.').waitFor();
    await until(async () => (await stateOf(page, 'db-replica')) === 'Running', 'what changed meanwhile');
  }));

test('an instance is deployed with the keyboard alone', () =>
  inCloud(async (cloud, page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
    await page.keyboard.press('Enter');
    await tabTo(page, /^New instance$/);
    await page.keyboard.press('Enter');
    await heading(page, 'New instance');
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');
    await page.getByRole('radio', { name: /Zurich/ }).waitFor();
    await tabTo(page, /Zurich/);
    await page.keyboard.press('Space');
    await page.getByRole('radio', { name: /Debian 13/ }).waitFor();
    await tabTo(page, /Debian 13/);
    await page.keyboard.press('Space');
    await tabTo(page, /Small/);
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, /default/);
    await page.keyboard.press('Space');
    await tabTo(page, /^Name$/);
    await page.keyboard.type('by-hand');
    await page.keyboard.press('Enter');
    await heading(page, 'Deploying by-hand');
    await page.getByRole('list', { name: 'Steps' }).getByText('Place').waitFor();
    await heading(page, 'by-hand is deployed');
    const { params } = cloud.seen.find(({ command }) => command === 'deployVirtualMachine')!;
    const name = (table: 'serviceoffering' | 'network' | 'template', id: string | undefined): unknown =>
      cloud.world.tables[table].find((one) => one.id === id)?.name;
    assert.deepEqual(
      [
        params.name,
        name('serviceoffering', params.serviceofferingid),
        name('network', params.networkids),
        name('template', params.templateid),
      ],
      ['by-hand', 'Medium', 'default', 'Debian 13'],
    );
  }));

test('the deploy form refuses what the server would, keeps its draft, and encodes user data', () =>
  inCloud(async (cloud, page) => {
    await page.getByRole('link', { name: 'New instance' }).click();
    await page.getByRole('button', { name: 'Deploy' }).click();
    await page.getByText('3 fields need attention').or(page.getByText('2 fields need attention')).waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('1-bad');
    await page.getByText("Is '1-bad'; accepted: at most 63 letters").waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('good');
    await page.getByRole('radio', { name: /Zurich/ }).check();
    await page.getByRole('radio', { name: /Alpine/ }).check();
    await page.getByRole('radio', { name: /Custom/ }).check();
    await page.getByRole('textbox', { name: /^vCPUs/ }).fill('3');
    await page.reload();
    await page.getByText('Your draft was restored.').waitFor();
    await page.getByRole('radio', { name: /Alpine/ }).waitFor();
    await until(() => page.getByRole('radio', { name: /Alpine/ }).isChecked(), 'the draft is there');
    await page.getByRole('radio', { name: /Custom/ }).check();
    await page.getByRole('textbox', { name: /^MHz/ }).fill('1000');
    await page.getByRole('textbox', { name: /^Memory in MiB/ }).fill('2048');
    await page.getByRole('textbox', { name: 'User data' }).fill('#!/bin/sh\necho grüezi');
    await page.getByText('As a command').click();
    await page.getByLabel('As a command').getByText('name=good').waitFor();
    await page.getByRole('button', { name: 'Deploy' }).click();
    await heading(page, 'good is deployed');
    const { params } = cloud.seen.find(({ command }) => command === 'deployVirtualMachine')!;
    assert.equal(Buffer.from(params.userdata ?? '', 'base64').toString('utf8'), '#!/bin/sh\necho grüezi');
    assert.deepEqual([params['details[0].cpuNumber'], params['details[0].memory']], ['3', '2048']);
  }));

test('a failed deployment says why, what can be tried, and gives the form back as it was', () =>
  inCloud(async (cloud, page) => {
    cloud.world.failDeploy = 'No host in zone Zurich has 64 vCPUs free; kvm-01 has the most, 12.';
    await page.getByRole('link', { name: 'New instance' }).click();
    await page.getByRole('radio', { name: /Zurich/ }).check();
    await page.getByRole('radio', { name: /Debian/ }).check();
    await page.getByRole('radio', { name: /Huge/ }).check();
    await page.getByRole('button', { name: 'Deploy' }).click();
    await heading(page, 'The instance could not be deployed');
    const alert = page.getByRole('alert').filter({ hasText: cloud.world.failDeploy });
    await alert.getByText('Choose a smaller offering').waitFor();
    await page.getByRole('cell', { name: '64 vCPUs wanted, 12 free' }).waitFor();
    await page.getByRole('link', { name: 'Change and try again' }).click();
    await until(() => page.getByRole('radio', { name: /Huge/ }).isChecked(), 'the form as it was');
  }));

test('jobs are followed in the drawer, which a reload and a link keep', () =>
  inCloud(
    async (_cloud, page) => {
      await row(page, 'db-replica').getByRole('button', { name: 'Start db-replica' }).click();
      await page.getByRole('button', { name: 'Jobs, 1 running' }).click();
      const drawer = page.getByRole('dialog', { name: 'Jobs' });
      await drawer.getByRole('region', { name: 'Running' }).getByText('Start db-replica').waitFor();
      await drawer.getByRole('list', { name: 'Steps' }).getByText('Place').waitFor();
      await page.reload();
      await drawer.getByRole('region', { name: 'Running' }).getByText('Start db-replica').waitFor();
      await drawer.getByRole('region', { name: 'Recent' }).getByText('Start db-replica').waitFor();
      await drawer.getByRole('button', { name: 'Show Start db-replica' }).click();
      assert.match(page.url(), /job=[0-9a-f-]{36}/);
      await page.reload();
      await drawer.getByText('Boot').waitFor();
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'hidden' });
      assert.doesNotMatch(page.url(), /job=/);
    },
    { stepMs: 700 },
  ));

test('destroying for good asks for the name and says what goes too', () =>
  inCloud(async (cloud, page) => {
    await row(page, 'db-primary').getByRole('button', { name: 'Actions for db-primary' }).click();
    await page.getByRole('menuitem', { name: 'Destroy' }).click();
    const dialog = page.getByRole('dialog', { name: 'Destroy db-primary?' });
    await dialog.getByText(/Root disk ROOT-\d+, 5 GiB/).waitFor();
    await dialog.getByLabel('db-primary-data, 100 GiB').check();
    await dialog.getByLabel('Expunge now').check();
    const expunge = dialog.getByRole('button', { name: 'Expunge' });
    assert.equal(await expunge.isDisabled(), true);
    await dialog.getByLabel('Type db-primary to confirm').fill('db-primar');
    await page.keyboard.press('Enter');
    assert.equal(
      cloud.seen.some(({ command }) => command === 'destroyVirtualMachine'),
      false,
    );
    await dialog.getByLabel('Type db-primary to confirm').fill('db-primary');
    await expunge.click();
    await row(page, 'db-primary').waitFor({ state: 'detached' });
    const { params } = cloud.seen.find(({ command }) => command === 'destroyVirtualMachine')!;
    const data = cloud.world.tables.volume.find(({ name }) => name === 'db-primary-data')!;
    assert.deepEqual([params.expunge, params.volumeids], ['true', data.id]);
  }));

test('several are stopped at once, and only those that can be', () =>
  inCloud(async (cloud, page) => {
    for (const name of ['web-1', 'web-2', 'db-replica']) await row(page, name).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Stop (2 of 3)' }).click();
    await page.getByRole('dialog', { name: 'Stop 2 instances?' }).getByRole('button', { name: 'Stop' }).click();
    for (const name of ['web-1', 'web-2']) await until(async () => (await stateOf(page, name)) === 'Stopped', name);
    assert.equal(cloud.seen.filter(({ command }) => command === 'stopVirtualMachine').length, 2);
  }));

test('the palette finds instances by name and address, and does things to them', () =>
  inCloud(async (_cloud, page) => {
    await row(page, 'web-1').waitFor();
    const address = (await row(page, 'web-1').locator('[data-key=address]').innerText()).trim();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^A section/ }).fill(address);
    await page.getByRole('option', { name: /web-1/ }).first().waitFor();
    await page.getByRole('combobox', { name: /^A section/ }).fill('start db-rep');
    await page.getByRole('option', { name: 'Start db-replica' }).waitFor();
    await page.keyboard.press('Enter');
    await until(async () => (await stateOf(page, 'db-replica')) === 'Running', 'Running');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^A section/ }).fill('templ');
    await page.getByRole('option', { name: 'Templates' }).waitFor();
    await page.keyboard.press('Enter');
    await heading(page, 'Templates');
  }));

test('the screen shows what moves, takes keys and pasted text, and is opened again', () =>
  inCloud(async (_cloud, page) => {
    await row(page, 'web-1').getByRole('button', { name: 'Console web-1' }).click();
    await page
      .getByRole('application', { name: 'Screen of web-1' })
      .and(page.locator('[data-connected=true]'))
      .waitFor();
    await until(async () => (await screenDigest(page)) !== 0, 'a first picture');
    const first = await screenDigest(page);
    await until(async () => (await screenDigest(page)) !== first, 'another picture');
    pressed.length = 0;
    await page.keyboard.press('a');
    await until(() => pressed.includes(0x61), 'the key a');
    await page.getByRole('button', { name: 'Ctrl-Alt-Del' }).click();
    await until(() => [0xffe3, 0xffe9, 0xffff].every((key) => pressed.includes(key)), 'Ctrl, Alt and Del');
    pressed.length = 0;
    await page.getByRole('button', { name: 'Paste as typing' }).click();
    await page.getByLabel('Text to type').fill('Hi!\n');
    await page.getByRole('button', { name: 'Type it' }).click();
    await until(() => pressed.length >= 6, 'all keys');
    assert.deepEqual(pressed, [0xffe1, 0x48, 0x69, 0xffe1, 0x21, 0xff0d]);
    await until(
      async () => (await page.evaluate('document.activeElement.tagName')) === 'CANVAS',
      'the keyboard goes to the screen again',
    );
    await page.keyboard.press('b');
    await until(() => pressed.includes(0x62), 'the key b');
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await page.locator('[data-connected=true]').waitFor();
  }));

test('every other section lists its things, and what the API can do with one is a form away', () =>
  inCloud(async (_cloud, page) => {
    const sections = page.getByRole('navigation', { name: 'Sections' });
    for (const name of (await sections.getByRole('link').allInnerTexts()).map((text) => text.trim())) {
      await sections.getByRole('link', { name, exact: true }).click();
      await heading(page, name);
      await page
        .getByText(/ of \d+$|There are none yet\./)
        .first()
        .waitFor();
    }
    await sections.getByRole('link', { name: 'Templates' }).click();
    await page.getByRole('link', { name: 'Alpine 3.23' }).click();
    await heading(page, 'Alpine 3.23');
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: /Delete a template/ }).click();
    await heading(page, /Delete a template/);
    await until(
      async () =>
        (await page
          .getByRole('textbox', { name: /^ID/ })
          .or(page.getByRole('combobox', { name: /^ID/ }))
          .first()
          .inputValue()) === 'Alpine 3.23',
      'the template is filled in',
    );
  }));
