// A browser for tests: Debian's Chromium without network services of its own, pages that report what went wrong in them,
// and the few gestures that every test makes.
// Invariant: a page that throws or is refused by the content security policy fails the test that opened it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A wait that a machine under load still makes. */
export const PATIENCE_MS = 30_000;

export async function openBrowser(): Promise<Browser> {
  assert.ok(existsSync(CHROMIUM), `${CHROMIUM} is missing; the packages of test/browser/packages.ts have it`);
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** What no page should ever say. */
const ODD = /Content Security Policy|Uncaught|Warning: |Hydration|Each child in a list|validateDOMNesting/;

export interface Watched {
  readonly page: Page;
  /** Errors of the page so far. */
  readonly problems: string[];
}

/** A page of a browser nobody has used before. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (ODD.test(message.text())) problems.push(message.text());
  });
  return { page, problems };
}

/** Runs a test on a page of its own and closes it; fails when the page had errors. */
export async function withPage(
  browser: Browser,
  work: (page: Page) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  const { page, problems } = await openPage(browser, options);
  try {
    await work(page);
    assert.deepEqual(problems, []);
  } catch (error) {
    throw Object.assign(error as Error, {
      page: `${page.url()}\n${(
        await page
          .locator('body')
          .innerText()
          .catch(() => '')
      ).slice(0, 1500)}`,
    });
  } finally {
    await page.context().close();
  }
}

/** A network that comes or goes elsewhere on the machine makes Chromium drop what it was loading: once more, then. */
export async function go(page: Page, url: string): Promise<void> {
  await page.goto(url).catch((error: Error) => {
    if (!error.message.includes('ERR_NETWORK_CHANGED')) throw error;
    return page.goto(url);
  });
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export async function logIn(page: Page, { user, password }: Credentials): Promise<void> {
  await page.getByLabel('User name').fill(user);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#content h1').waitFor();
}

export const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor();

/** Polls until it holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs: number = PATIENCE_MS,
): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > withinMs) assert.fail(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return performance.now() - started;
}

/** Presses Tab until what has the focus is called `name`. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 120; presses += 1) {
    const focused = String(
      await page.evaluate(
        `(() => { const on = document.activeElement; if (on === document.body || on.id === 'content') return ''; const own = on.getAttribute('aria-label') ?? ''; const label = on.labels ? [...on.labels].map((one) => one.innerText).join(' ') : ''; return (own + ' ' + label + ' ' + (on.innerText ?? '')).trim(); })()`,
      ),
    );
    if (name.test(focused)) return;
    seen.push(focused.slice(0, 40));
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not lead to ${name}; it leads to ${[...new Set(seen)].join(' | ')}`);
}

const axeSource = (): string =>
  readFileSync(
    createRequire(path.join(PROJECT, 'clients/console/package.json')).resolve('axe-core/axe.min.js'),
    'utf8',
  );
let axe: string | undefined;

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds serious or critical on the page as it is. */
export async function barriers(page: Page, where: string): Promise<string[]> {
  axe ??= axeSource();
  await page.evaluate(axe);
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as readonly Violation[];
  const bad = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return bad.map(
    ({ id, help, nodes }) =>
      `${where}: ${id}: ${help}\n  ${nodes
        .slice(0, 4)
        .map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`)
        .join('\n  ')}`,
  );
}

/** Keeps a picture for the documentation when NEPHOS_SCREENSHOTS=1. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.NEPHOS_SCREENSHOTS !== '1') return;
  const folder = path.join(PROJECT, 'docs/images');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `console-${name}.png`), animations: 'disabled' });
}

/** The pixels of a guest's screen, as a number that changes with them. */
export const screenDigest = async (page: Page): Promise<number> =>
  Number(
    await page.evaluate(`(() => {
  const canvas = document.querySelector('[role=application] canvas');
  if (!canvas || canvas.width === 0) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 17;
  for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + data[at] + data[at + 1] * 3 + data[at + 2] * 7) % 2147483647;
  return sum;
})()`),
  );
