// How the console looks and whether everybody can use it: every screen in both schemes is checked by axe-core, and none is
// wider than a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '../../clients/console/build.ts';
import { fakeCloud, type FakeCloud } from '../../clients/console/fake/server.ts';
import { barriers, go, heading, logIn, openBrowser, until, withPage } from './browser.ts';

const ADMIN = { user: 'admin', password: 'password' };
let browser: Browser;
let dist: string;
let cloud: FakeCloud;

before(async () => {
  ({ dist } = await buildConsole({ log: console.log }));
  browser = await openBrowser();
  cloud = await fakeCloud({ dist, stepMs: 400 });
});
after(async () => {
  await browser?.close();
  await cloud?.close();
});

/** Every screen, one after the other; `look` sees each when it is complete. */
async function tour(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  const to = (address: string): Promise<void> => go(page, `${cloud.url}/client/${address}`);
  const id = String(cloud.world.tables.virtualmachine.find(({ name }) => name === 'db-primary')!.id);
  await to('login');
  await page.getByRole('button', { name: 'Log in' }).click();
  await look('login with complaints');
  await logIn(page, ADMIN);
  await page.getByRole('link', { name: 'db-primary' }).waitFor();
  await look('list');
  await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check();
  await look('list with a selection');
  await page.getByRole('button', { name: 'Actions for db-primary' }).click();
  await page.getByRole('menuitem', { name: 'Destroy' }).waitFor();
  await look('list with a menu');
  await page.getByRole('menuitem', { name: 'Destroy' }).click();
  await page.getByRole('dialog').getByLabel('Expunge now').check();
  await page.getByText(/Root disk/).waitFor();
  await page.getByText('As a command').last().click();
  await look('destroying');
  await to(`instances/${id}`);
  await page.getByText(/ROOT-\d+/).waitFor();
  await look('one instance');
  await to('instances/new');
  await page.getByRole('radio', { name: /Zurich/ }).check();
  await page.getByRole('radio', { name: /Debian/ }).waitFor();
  await page.getByRole('button', { name: 'More options' }).click();
  await page.getByRole('button', { name: 'Deploy' }).click();
  await page.getByText(/needs? attention/).waitFor();
  await look('deploying, with complaints');
  await page.getByRole('radio', { name: /Debian/ }).check();
  await page.getByRole('radio', { name: /Small/ }).check();
  await page.getByRole('button', { name: 'Deploy' }).click();
  await page.getByRole('list', { name: 'Steps' }).waitFor();
  await page.getByRole('button', { name: /^Jobs/ }).click();
  await page.getByRole('dialog', { name: 'Jobs' }).getByRole('list', { name: 'Steps' }).waitFor();
  await look('jobs');
  await page.keyboard.press('Escape');
  await heading(page, /is deployed/);
  await look('deployed');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /^A section/ }).fill('web');
  await page.getByRole('option', { name: /web-1/ }).first().waitFor();
  await look('palette');
  await to(`instances/${id}/console`);
  await page.locator('[data-connected=true]').waitFor();
  await look('screen');
  await to('templates');
  await page.getByRole('link', { name: 'Debian 13' }).waitFor();
  await look('templates');
  await to('run/createNetwork');
  await page.getByRole('button', { name: 'Create' }).click();
  await look('a command');
  await to('nowhere');
  await heading(page, 'There is nothing at this address');
  await look('nowhere');
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing serious on any screen (${colorScheme})`, () =>
    withPage(
      browser,
      async (page) => {
        const found: string[] = [];
        await tour(page, async (where) => {
          found.push(...(await barriers(page, where)));
        });
        assert.equal(found.join('\n'), '');
      },
      { colorScheme },
    ));
}

test('no screen is wider than a phone of 360 pixels, and what one needs is in reach', () =>
  withPage(
    browser,
    async (page) => {
      const found: string[] = [];
      await tour(page, async (where) => {
        const wide = String(
          await page.evaluate(
            `[document.documentElement, document.querySelector('#content')].filter(Boolean).filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.tagName + ' ' + box.scrollWidth + ' > ' + box.clientWidth + ': ' + [...box.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > 361 && !one.closest('[class*=wide], pre, [hidden], nav')).slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' ')).join('; ')`,
          ),
        );
        if (wide) found.push(`${where}: ${wide}`);
      });
      assert.equal(found.join('\n'), '');
      await go(page, `${cloud.url}/client/`);
      await page.getByRole('button', { name: 'Open navigation' }).click();
      await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Networks' }).click();
      await heading(page, 'Networks');
      await until(
        async () => !(await page.getByRole('navigation', { name: 'Sections' }).isVisible()),
        'the navigation is out of the way',
      );
    },
    { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  ));

test('the chosen appearance is kept, and the first paint has it', () =>
  withPage(
    browser,
    async (page) => {
      await go(page, `${cloud.url}/client/`);
      await logIn(page, ADMIN);
      const scheme = (): Promise<unknown> =>
        page.evaluate(`document.documentElement.getAttribute('data-mantine-color-scheme')`);
      assert.equal(await scheme(), 'light');
      await page.getByRole('button', { name: 'Appearance' }).click();
      await page.getByRole('menuitem', { name: 'Dark' }).click();
      await until(async () => (await scheme()) === 'dark', 'dark');
      await page.reload({ waitUntil: 'commit' });
      await until(async () => (await scheme()) !== null, 'the attribute is set');
      assert.equal(await scheme(), 'dark');
    },
    { colorScheme: 'light' },
  ));
