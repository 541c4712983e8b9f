import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page in a browser, and what it asked for or complained about since it was opened. */
export interface OpenPage {
  readonly page: Page;
  /** Requests other than for the file itself, messages on the console, dialogs, uncaught errors, policy violations. */
  readonly incidents: readonly string[];
}

/**
 * A browser for the tests of a file, and a way to open HTML in it from a file, as people do. The browser is the one that
 * CHROMIUM_PATH names, or Debian's.
 */
export function useBrowser(): (html: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'trailproof-browser-'));
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  return async (html, options = {}) => {
    const path = join(folder, 'report.html');
    writeFileSync(path, html);
    const url = pathToFileURL(path).href;
    const page = await (await browser.newContext(options)).newPage();
    const incidents: string[] = [];
    page.on('request', (request) => {
      if (request.url() !== url) incidents.push(`request ${request.url()}`);
    });
    page.on('console', (message) => incidents.push(`console ${message.text()}`));
    page.on('pageerror', (error) => incidents.push(`error ${error.message}`));
    page.on('dialog', (dialog) => {
      incidents.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return { page, incidents };
  };
}
