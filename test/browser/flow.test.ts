// The console against the product: log in, look around, deploy by the form, watch from a second browser, open the screen,
// destroy and expunge. The cloud is that of NEPHOS_URL, NEPHOS_USER and NEPHOS_PASSWORD; without them one is started.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startTestCloud, type TestCloud } from '../e2e/environment.ts';
import {
  barriers,
  go,
  heading,
  logIn,
  openBrowser,
  openPage,
  picture,
  screenDigest,
  until,
  type Watched,
} from './browser.ts';

/** A guest on a processor that is only emulated, on a machine with other work. */
const BOOT_MS = 300_000;
/** For the documentation's picture only: what a guest shows when it has booted says more than its boot loader. */
const PICTURE_MS = 40_000;
/** A change is seen elsewhere within this time. */
const LIVE_MS = 1000;

let own: TestCloud | undefined;
let cloud: { url: string; user: string; password: string };
let browser: Browser;
let first: Watched;
let second: Watched;
const name = `seen-${Date.now().toString(36)}`;

before(async () => {
  const { NEPHOS_URL: url, NEPHOS_USER: user = 'admin', NEPHOS_PASSWORD: password } = process.env;
  if (url) assert.ok(password, 'NEPHOS_URL is set, so NEPHOS_PASSWORD is needed too');
  else own = await startTestCloud({ mode: process.getuid?.() === 0 ? 'kvm' : 'simulator' });
  cloud = url
    ? { url: new URL(url).origin, user, password: password! }
    : { url: new URL(own!.file.api).origin, user: own!.file.username, password: own!.file.password };
  browser = await openBrowser();
  [first, second] = [await openPage(browser), await openPage(browser)];
});
after(async () => {
  await browser?.close();
  await own?.stop();
});

const row = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const stateOf = async (page: Page): Promise<string> =>
  (
    await row(page)
      .locator('[data-key=state]')
      .innerText({ timeout: 2000 })
      .catch(() => 'not shown')
  ).trim();
const reaches = (page: Page, state: string, withinMs?: number): Promise<number> =>
  until(async () => (await stateOf(page)) === state, `${name} is ${state}`, withinMs);

/** Clicks, and gives how long after the first browser the second one shows the state. */
async function bothSee(state: string, withinMs: number): Promise<number> {
  const seen = [first.page, second.page].map(async (page) => {
    await reaches(page, state, withinMs);
    return performance.now();
  });
  const [here = 0, there = 0] = await Promise.all(seen);
  return Math.abs(there - here);
}

test('one logs in and sees the instances', async () => {
  for (const { page } of [first, second]) {
    await go(page, `${cloud.url}/client/`);
    await heading(page, 'Log in');
    if (page === first.page) await picture(page, 'login');
    await logIn(page, cloud);
    await heading(page, 'Instances');
    await page.getByLabel(/^Live\./).waitFor();
  }
  await first.page
    .getByText(/ of \d+$/)
    .or(first.page.getByText('No instances yet'))
    .first()
    .waitFor();
});

test('an instance is deployed by the form, and its steps are followed', async () => {
  const { page } = first;
  await page.getByRole('link', { name: 'New instance' }).first().click();
  await heading(page, 'New instance');
  for (const part of ['Zone', 'Template', 'Offering']) {
    const group = page.getByRole('group', { name: part, exact: true });
    await group.getByRole('radio').first().waitFor();
    if ((await group.getByRole('radio', { checked: true }).count()) === 0)
      await group.getByRole('radio').first().check();
  }
  const networks = page.getByRole('group', { name: 'Networks' });
  await networks.getByRole('checkbox').or(networks.getByText('There is no network')).first().waitFor();
  if (
    (await networks.getByRole('checkbox').count()) > 0 &&
    (await networks.getByRole('checkbox', { checked: true }).count()) === 0
  )
    await networks.getByRole('checkbox').first().check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await picture(page, 'deploy');
  await page.getByRole('button', { name: 'Deploy' }).click();
  await heading(page, new RegExp(`Deploying ${name}|${name} is deployed`));
  await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').first().waitFor();
  await picture(page, 'progress');
  await page.getByRole('heading', { name: `${name} is deployed`, level: 1 }).waitFor({ timeout: BOOT_MS });
  const steps = await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').allInnerTexts();
  console.log(`steps: ${steps.map((text) => text.replace(/\s+/g, ' ')).join(' | ')}`);
  assert.ok(steps.length >= 2, 'the job tells its steps');
  await reaches(second.page, 'Running');
});

test('the page of an instance says where it is and why, and what has happened', async () => {
  const { page } = first;
  await page.getByRole('link', { name: 'Open the instance' }).click();
  await heading(page, name);
  await page.getByRole('region', { name: 'Placement' }).getByText(/\w/).first().waitFor();
  await page
    .getByRole('table', { name: 'Network cards' })
    .getByRole('cell', { name: /^\d+\.\d+\.\d+\.\d+$/ })
    .first()
    .waitFor();
  await page.getByRole('table', { name: 'Volumes' }).getByRole('cell', { name: 'ROOT', exact: true }).waitFor();
  await page.getByText('VM.CREATE').first().waitFor();
  await picture(page, 'instance');
  assert.equal((await barriers(page, 'the page of an instance')).join('\n'), '');
});

test('its screen shows what the guest draws', async (context) => {
  const { page } = first;
  const simulated = (await page.getByText('Simulator', { exact: true }).count()) > 0;
  if (simulated) return context.skip('simulated hosts have no screens');
  await page.getByRole('button', { name: 'Console' }).click();
  await page
    .getByRole('application', { name: `Screen of ${name}` })
    .and(page.locator('[data-connected=true]'))
    .waitFor({ timeout: BOOT_MS });
  await until(async () => (await screenDigest(page)) !== 0, 'a first picture', BOOT_MS);
  const before = await screenDigest(page);
  await page.getByRole('application').click();
  await until(
    async () => {
      await page.keyboard.press('Enter');
      await page.waitForTimeout(500);
      return (await screenDigest(page)) !== before;
    },
    'the picture changes',
    BOOT_MS,
  );
  if (process.env.NEPHOS_SCREENSHOTS === '1') await page.waitForTimeout(PICTURE_MS);
  await picture(page, 'screen');
});

test('the link that other clients get opens its screen without a login, once', async (context) => {
  if (!new URL(first.page.url()).pathname.endsWith('/console')) return context.skip('simulated hosts have no screens');
  const id = new URL(first.page.url()).pathname.split('/').at(-2);
  const url = String(
    await first.page.evaluate(
      `fetch('/client/api', { method: 'POST', body: new URLSearchParams({ command: 'createConsoleEndpoint', response: 'json', virtualmachineid: '${id}', sessionkey: JSON.parse(sessionStorage.getItem('nephos.session')).key }) }).then((answer) => answer.json()).then((answer) => answer.createconsoleendpointresponse.consoleendpoint.url)`,
    ),
  );
  const link = new URL(url);
  for (const works of [true, false]) {
    const { page, problems } = await openPage(browser);
    await go(page, `${cloud.url}${link.pathname}${link.search}`);
    if (works) await page.locator('[data-connected=true]').waitFor();
    else await page.getByText('A link like this opens the screen once.').waitFor();
    assert.deepEqual(problems, []);
    await page.context().close();
  }
});

test('what one browser does the other sees within a second', async () => {
  const { page } = first;
  for (const one of [page, second.page]) await go(one, `${cloud.url}/client/instances?q=${name}`);
  await Promise.all([reaches(page, 'Running'), reaches(second.page, 'Running')]);
  for (const one of [page, second.page]) await one.getByLabel(/^Live\./).waitFor();
  await picture(page, 'instances');
  await row(page)
    .getByRole('button', { name: `Stop ${name}` })
    .click();
  await page.getByRole('dialog').getByLabel('Power off at once').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Power off' }).click();
  const apart = await bothSee('Stopped', BOOT_MS);
  console.log(`the browsers show Stopped ${apart.toFixed(0)} ms apart`);
  assert.ok(apart <= LIVE_MS, `${apart.toFixed(0)} ms apart; ${LIVE_MS} ms are allowed`);
});

test('it is destroyed, recovered, destroyed again and expunged', async () => {
  const { page } = first;
  const choose = async (action: string): Promise<void> => {
    await row(page)
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    await page
      .getByRole('menuitem', { name: new RegExp(`^${action}`) })
      .and(page.locator(':not([aria-disabled=true])'))
      .click();
  };
  await choose('Destroy');
  await page
    .getByRole('dialog')
    .getByText(/Root disk/)
    .waitFor();
  await picture(page, 'destroy');
  await page.getByRole('dialog').getByRole('button', { name: 'Destroy' }).click();
  await bothSee('Destroyed', BOOT_MS);
  await choose('Recover');
  await bothSee('Stopped', BOOT_MS);
  await choose('Destroy');
  await page.getByRole('dialog').getByLabel('Expunge now').check();
  await page.getByRole('dialog').getByLabel(`Type ${name} to confirm`).fill(name);
  await page.getByRole('dialog').getByRole('button', { name: 'Expunge' }).click();
  for (const one of [page, second.page]) await row(one).waitFor({ state: 'detached', timeout: BOOT_MS });
  await page.getByRole('button', { name: /^Jobs/ }).click();
  await page.getByRole('dialog', { name: 'Jobs' }).getByText(`Destroy ${name}`).first().waitFor();
  await picture(page, 'jobs');
});

test('every section shows what the server answers', async () => {
  const { page } = first;
  await go(page, `${cloud.url}/client/`);
  const sections = page.getByRole('navigation', { name: 'Sections' });
  for (const section of (await sections.getByRole('link').allInnerTexts()).map((text) => text.trim())) {
    await sections.getByRole('link', { name: section, exact: true }).click();
    await heading(page, section);
    await page
      .getByText(/ of [\d,]+$|There are none yet\.|No instances yet/)
      .first()
      .waitFor();
    assert.equal(await page.getByText('The list could not be loaded').count(), 0, section);
  }
  await sections.getByRole('link', { name: 'Zones' }).click();
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await page.getByRole('region', { name: 'Facts' }).getByText('Advanced').waitFor();
});

test('neither browser has complained', () => {
  assert.deepEqual([...first.problems, ...second.problems], []);
});
