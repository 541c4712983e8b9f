import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, FINDING_EFFECTS } from '../../src/core/findings/finding.js';
import { htmlRenderer } from '../../src/render/html/html.js';
import { exampleOf, HEADER, render } from '../render/example-run.js';
import { everyCode, HOSTILE_NAMES, poisoned, verifiedRun } from '../render/machine-runs.js';
import { type Estate, renderEstate } from '../support/worlds/estate.js';
import { useBrowser } from './open-page.js';

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };
const WEEK: Estate = {
  chains: 12,
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 7 * 24,
  trouble: { gap: 40, lost: 200, undetermined: 200, modified: 2_500 },
};

/** The first code of each effect and subject: all the colours that there are. */
const ONE_OF_EACH = [
  ...new Map(
    FINDING_CODES.toReversed().map((code) => [`${FINDING_EFFECTS[code]} ${exampleOf(code).subject.type}`, code]),
  ).values(),
];

const open = useBrowser();
const everyFinding = render(htmlRenderer(HEADER), everyCode());
const everyKind = render(htmlRenderer(HEADER), everyCode(undefined, ONE_OF_EACH));
const verified = render(htmlRenderer(HEADER), verifiedRun());
const week = renderEstate(WEEK, htmlRenderer);

/** What axe finds by all of its rules, or as the options say: rule and place. */
async function faultsOn(page: Page, options: axe.RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** The rule of axe that takes most of its time; it depends on the colours that are preferred. */
const COLOURS: axe.RunOptions = { runOnly: ['color-contrast'] };
const ALL_BUT_COLOURS: axe.RunOptions = { rules: { 'color-contrast': { enabled: false } } };
/** Rules of axe that depend on the size of the window. */
const SIZES: axe.RunOptions = { runOnly: ['target-size', 'scrollable-region-focusable', 'meta-viewport'] };

const unfold = (page: Page): Promise<unknown> =>
  page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
const overflowOf = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
const countOf = (page: Page, kind: string): Promise<number> =>
  page.locator(`[data-kind=${kind}]:not([hidden])`).count();

describe.each([
  ['every finding', everyFinding],
  ['a verified run', verified],
  ['a week of twelve chains', week],
])('%s', (_, html) => {
  it('can be read by everybody, on a phone and on a desktop', async () => {
    const { page, incidents } = await open(html, PHONE);
    expect(await overflowOf(page), 'phone').toBeLessThanOrEqual(0);
    await unfold(page);
    expect(await overflowOf(page), 'phone, unfolded').toBeLessThanOrEqual(0);
    expect(await faultsOn(page, SIZES), 'phone').toEqual([]);
    await page.setViewportSize(DESKTOP.viewport);
    expect(await faultsOn(page, ALL_BUT_COLOURS), 'desktop').toEqual([]);
    expect(await overflowOf(page), 'desktop').toBeLessThanOrEqual(0);
    expect(incidents).toEqual([]);
  });
});

it.each([
  ['a finding of each effect and subject', everyKind],
  ['a verified run', verified],
  ['a week of twelve chains', week],
])('the colours of %s can be told apart: light, dark, and in high contrast', async (_, html) => {
  const { page, incidents } = await open(html, { ...DESKTOP, colorScheme: 'light' });
  await unfold(page);
  expect(await faultsOn(page, COLOURS)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await faultsOn(page, COLOURS), 'dark').toEqual([]);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
  expect(await faultsOn(page, COLOURS), 'in high contrast').toEqual([]);
  expect(incidents).toEqual([]);
});

it('axe would find what is wrong', async () => {
  const { page } = await open(verified.replace('<html lang="en">', '<html>'), DESKTOP);
  expect(await faultsOn(page, ALL_BUT_COLOURS)).toEqual(['html-has-lang: html']);
});

describe('names from outside', () => {
  const names = [...HOSTILE_NAMES, '</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>'];

  // On each page every name stands at a few places; on all of them, at places of many kinds.
  it.each([0, 7, 14])('do nothing, wherever they stand: page %i', async (turn) => {
    const nameAt = (place: number): string =>
      names[(place + turn * Math.floor(place / names.length)) % names.length] ?? '';
    let place = turn;
    const run = everyCode((found) => poisoned(nameAt(place++))(found));
    const { page, incidents } = await open(render(htmlRenderer(HEADER), run), PHONE);
    expect(await page.locator('script, img, iframe, object').count()).toBe(1);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    for (const name of names.slice(turn, turn + 7)) {
      await page.locator('#query').fill(name.slice(0, 200));
      await page.locator('#query').press('Enter');
      expect(incidents, name).toEqual([]);
    }
    expect(await page.locator('script, img, iframe, object').count()).toBe(1);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  });

  it('could do nothing even as markup: the policy forbids it', async () => {
    const injected = week.replace(
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
    const { page } = await open(week, DESKTOP);
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
    const { page } = await open(week, DESKTOP);
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
    const { page } = await open(week, { ...DESKTOP, javaScriptEnabled: false });
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('table.map tr[data-kind=row]:visible').count()).toBe(12);
    expect(await page.locator('.chains > li:visible').count()).toBe(12);
    await page.locator('summary').first().click();
    expect(await page.locator('details').first().locator('li, tr').first().isVisible()).toBe(true);
  });
});

describe('on paper', () => {
  it('has all that is folded, no search, and ink on white', async () => {
    const { page } = await open(week, { ...DESKTOP, colorScheme: 'dark', javaScriptEnabled: false });
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
    const { page } = await open(week, DESKTOP);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
