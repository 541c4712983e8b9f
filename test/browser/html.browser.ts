import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { htmlRenderer } from '../../src/render/html/html.js';
import { HEADER, render } from '../render/example-run.js';
import { everyCode, HOSTILE_NAMES, poisoned, verifiedRun } from '../render/machine-runs.js';
import { type Estate, renderEstate } from '../support/worlds/estate.js';
import { useBrowser } from './open-page.js';

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };
const MONTH: Estate = {
  chains: 12,
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 31 * 24,
  trouble: { gap: 40, lost: 60, undetermined: 50, modified: 80 },
};

const open = useBrowser();
const everyFinding = render(htmlRenderer(HEADER), everyCode());
const verified = render(htmlRenderer(HEADER), verifiedRun());
const month = renderEstate(MONTH, htmlRenderer);

/** What axe finds: rule and place. */
async function faultsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

const overflowOf = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
const countOf = (page: Page, kind: string): Promise<number> =>
  page.locator(`[data-kind=${kind}]:not([hidden])`).count();

describe.each([
  ['every finding', everyFinding],
  ['a verified run', verified],
  ['a month of twelve chains', month],
])('%s', (_, html) => {
  it.each([
    ['light, desktop', { ...DESKTOP, colorScheme: 'light' }],
    ['dark, desktop', { ...DESKTOP, colorScheme: 'dark' }],
    ['light, phone', { ...PHONE, colorScheme: 'light' }],
    ['dark, phone', { ...PHONE, colorScheme: 'dark' }],
  ] as const)('can be read by everybody: %s', async (_name, options) => {
    const { page, incidents } = await open(html, options);
    expect(await faultsOn(page)).toEqual([]);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(incidents).toEqual([]);
  });

  it('can be read by everybody in high contrast and with everything unfolded', async () => {
    const { page } = await open(html, { ...DESKTOP, forcedColors: 'active' });
    await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
    expect(await faultsOn(page)).toEqual([]);
  });
});

it('axe would find what is wrong', async () => {
  const { page } = await open(verified.replace('<html lang="en">', '<html>'), DESKTOP);
  expect(await faultsOn(page)).toEqual(['html-has-lang: html']);
});

describe('names from outside', () => {
  const names = [...HOSTILE_NAMES, '</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>'];

  it.each(names)('do nothing: %j', async (name) => {
    const { page, incidents } = await open(render(htmlRenderer(HEADER), everyCode(poisoned(name))), PHONE);
    await page.locator('#query').fill(name.slice(0, 200));
    await page.locator('#query').press('Enter');
    expect(incidents).toEqual([]);
    expect(await page.locator('script, img, iframe, object').count()).toBe(1);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  });

  it('could do nothing even as markup: the policy forbids it', async () => {
    const injected = month.replace(
      '</main>',
      '<script>document.title = "pwned"</script><img src="x.png" onerror="document.title = 1"></main>',
    );
    const { page, incidents } = await open(injected, DESKTOP);
    expect(await page.title()).toMatch(/^Failed: /);
    expect(incidents).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/inline script violates .*script-src/s),
        expect.stringMatching(/x\.png' violates .*default-src 'none'/s),
      ]),
    );
  });
});

describe('search', () => {
  it('finds by keyboard alone', async () => {
    const { page } = await open(month, DESKTOP);
    const all = await countOf(page, 'chain');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('ap-southeast-2 111122223333');
    await page.keyboard.press('Enter');
    expect(await countOf(page, 'chain')).toBe(1);
    expect(await countOf(page, 'row')).toBe(1);
    expect(await page.locator('#matches').textContent()).toMatch(/^1 of \d+$/);
    expect(await page.locator('.current').count()).toBe(1);
    const first = await page.locator('.current').textContent();
    await page.keyboard.press('Enter');
    expect(await page.locator('.current').textContent()).not.toBe(first);
    await page.keyboard.press('Shift+Enter');
    expect(await page.locator('.current').textContent()).toBe(first);
    await page.keyboard.press('Escape');
    expect(await countOf(page, 'chain')).toBe(all);
    expect(await page.locator('.current').count()).toBe(0);
    expect(await page.locator('#query').inputValue()).toBe('');
  });

  it('opens what is folded for a match', async () => {
    const { page } = await open(month, DESKTOP);
    const last = page.locator('article details li').last();
    expect(await last.isVisible()).toBe(false);
    const name = (await last.locator('.name').first().textContent()) ?? '';
    await page.locator('#query').fill(name);
    await page.locator('#query').press('Enter');
    expect(await last.isVisible()).toBe(true);
    expect(await countOf(page, 'finding')).toBe(1);
  });

  it('shows only the outcomes that are ticked, and hides groups that are empty then', async () => {
    const { page } = await open(everyFinding, DESKTOP);
    for (const is of ['failed', 'undetermined', 'verified']) await page.getByRole('checkbox', { name: is }).uncheck();
    const shown = page.locator('article.finding:visible .badge');
    expect(new Set(await shown.allTextContents())).toEqual(new Set(['warning']));
    expect(await page.locator('#matches').textContent()).toMatch(
      /^\d+ of \d+ findings, 0 of 2 chains, 0 of \d+ saved query results$/,
    );
    await page.getByRole('checkbox', { name: 'failed' }).check();
    expect(new Set(await shown.allTextContents())).toEqual(new Set(['failed', 'warning']));
  });
});

describe('without a script', () => {
  it('everything is there but the search', async () => {
    const { page } = await open(month, { ...DESKTOP, javaScriptEnabled: false });
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('table.map tr[data-kind=row]:visible').count()).toBe(12);
    expect(await page.locator('.chains > li:visible').count()).toBe(12);
    await page.locator('summary').first().click();
    expect(await page.locator('details').first().locator('li, tr').first().isVisible()).toBe(true);
  });
});

describe('on paper', () => {
  it('has all that is folded, no search, and ink on white', async () => {
    const { page } = await open(month, { ...DESKTOP, colorScheme: 'dark', javaScriptEnabled: false });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    const heights = await page
      .locator('details li, details tr')
      .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().height));
    expect(heights.length).toBeGreaterThan(10);
    expect(Math.min(...heights)).toBeGreaterThan(0);
    expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    );
  });

  it('can be printed', async () => {
    const { page } = await open(everyFinding, DESKTOP);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
