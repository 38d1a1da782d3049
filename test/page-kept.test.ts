import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { EXAMPLES, mapIsDone, openPairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What goes on after the page is left: a session that is kept, embeddings by content, the view in the address. The format, damage
// and room: page-kept-store.test.ts.

const rowsOf = (count: number) => [['image', 'caption'], ...EXAMPLES.slice(0, count)];

describe.skipIf(!existsSync(CHROMIUM))('what is kept', () => {
  let site: Site;
  let visitor: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    visitor = await visit(site, { viewport: { width: 1400, height: 900 } });
    page = visitor.page;
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const panel = (of = page) => of.locator('.panel-session');
  const keepButton = (of = page) => of.getByRole('button', { name: 'Keep this session in this browser' });
  const isKept = async (of = page) => {
    await expect
      .poll(() => panel(of).textContent(), { timeout: 100_000 })
      .toContain('Kept in this browser: ');
  };
  const notices = (of = page) => of.locator('.notice:not(.task)').allInnerTexts();
  const onDisk = (of = page) =>
    of.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const names: string[] = [];
      for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys())
        names.push(name);
      return names;
    });
  /** Whether leaving asks first; it is answered with staying. */
  const asksBeforeLeaving = async () => {
    await page.locator('.status').click(); // browsers ask only people who used the page
    const [dialog] = await Promise.all([
      page.waitForEvent('dialog', { timeout: 5000 }).catch(() => undefined),
      page.evaluate(() => setTimeout(() => location.reload(), 0)),
    ]);
    const kind = dialog?.type();
    await dialog?.dismiss();
    return kind === 'beforeunload';
  };
  /** Where a descent ended, and how the pairs are shown. */
  const look = async (of = page) => ({
    progress: await textOf(of.getByLabel('Progress of t-SNE')),
    selection: await textOf(of.getByLabel('Selection', { exact: true })),
    colour: await of.getByRole('radio', { name: 'label', exact: true }).isChecked(),
    means: await of.getByLabel('Means', { exact: true }).inputValue(),
    pairs: await of.locator('.pair-list .chip').allInnerTexts(),
  });
  /** x and y of each point, as they are saved. */
  const coordinates = async (of = page) => {
    const [file] = await Promise.all([
      of.waitForEvent('download'),
      of.getByRole('button', { name: 'Map as CSV' }).click(),
    ]);
    return readFile(await file.path(), 'utf8');
  };

  test('nothing is written before people say so, and leaving asks first', async () => {
    expect(await page.locator('.go-on').count()).toBe(0);
    await openPairs(page, rowsOf(5));
    await mapIsDone(page);
    expect(await onDisk()).not.toContain('biomedclip-kept');
    expect(await asksBeforeLeaving()).toBe(true);
    expect(await textOf(page.locator('.status'))).toContain('5 pairs');
  });

  let before: Awaited<ReturnType<typeof look>>;
  let map: string;

  test('kept as it is looked at: what is there and how large, and leaving does not ask', async () => {
    await page.getByRole('radio', { name: 'label', exact: true }).check();
    await page.locator('.pair-list').getByRole('checkbox').first().check();
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('End');
    await page
      .locator('.gap-table th', { hasText: 'closed' })
      .or(page.locator('.closing-status:text-is("")'))
      .first()
      .waitFor();
    await keepButton().click();
    await isKept();
    expect(await textOf(panel())).toMatch(
      /Kept in this browser: 5 pairs with .*, and the images\..*[\d.]+ [kM]B on disk, embeddings of 5 pairs/,
    );
    expect(await onDisk()).toContain('biomedclip-kept');
    await mapIsDone(page);
    await page.waitForTimeout(1500); // the view is kept once it is still
    [before, map] = [await look(), await coordinates()];
  });

  test('after a reload people go on: no model, and map, selection, shift and colours as they were', async () => {
    expect(await asksBeforeLeaving()).toBe(false); // and so it reloaded
    const heading = page.getByRole('heading', { name: 'Go on with 5 pairs kept today?' });
    await heading.waitFor();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.locator('.gap-table').waitFor();
    await expect.poll(() => look()).toEqual(before);
    await page.waitForTimeout(500); // a descent would have begun by now
    expect(await coordinates()).toBe(map);
    expect(await textOf(page.locator('.status'))).toMatch(/^5 pairs · .*no model loaded$/);
    expect(await notices()).toEqual([]);
    const picture = page.locator('.pair-list img').first();
    await expect
      .poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth))
      .toBeGreaterThan(19);
    await isKept();
  });

  test('the same files once more, among others: only the others are embedded', async () => {
    await openPairs(page, rowsOf(7));
    await expect
      .poll(() => notices())
      .toContainEqual(expect.stringContaining('5 of 7 pairs were known from before'));
    await page.getByRole('button', { name: 'Dismiss' }).first().click();
    expect(await textOf(panel())).toContain('replaces the 5 pairs kept today');
  });

  test('a second tab goes on with the same; forgotten in one, it is kept in neither', async () => {
    const second = await visitor.context.newPage();
    await second.goto(site.url);
    await second.getByRole('button', { name: 'Go on', exact: true }).click();
    await isKept(second);
    await second.locator('.pair-list').getByRole('checkbox').nth(1).check();
    await keepButton().click(); // the first tab's own seven pairs
    await isKept();
    await keepButton(second).waitFor(); // so the second's are kept no more
    expect(await textOf(panel(second))).toContain('replaces the 7 pairs kept today');
    await second.getByRole('button', { name: 'Forget everything kept' }).click();
    await keepButton().waitFor();
    await expect.poll(() => onDisk()).not.toContain('biomedclip-kept');
    await second.close();
    expect(await asksBeforeLeaving()).toBe(true);
  });

  test('the address brings the view back when the same pairs are opened, and tells nothing of them', async () => {
    await page.getByRole('radio', { name: 'worst', exact: true }).check();
    await page.locator('.pair-list').getByRole('checkbox').nth(2).check();
    await expect.poll(() => page.url()).toMatch(/#set=7-\w+&colour=label&links=worst&selected=l\.p\w$/);
    const link = page.url();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await openPairs(page, rowsOf(7));
    await page.locator('.pair-list').waitFor();
    expect(page.url()).toBe(link);
    expect(await page.getByRole('radio', { name: 'worst', exact: true }).isChecked()).toBe(true);
    expect(await page.locator('.pair-list').getByRole('checkbox', { checked: true }).count()).toBe(1);

    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      new URL(link).hash.replace(/links=worst&selected.*$/, 'links=none&at=i99'),
    );
    await expect.poll(() => page.getByRole('radio', { name: 'none', exact: true }).isChecked()).toBe(true);
    expect(await page.locator('.pair-list').getByRole('checkbox', { checked: true }).count()).toBe(0);
    expect((await notices()).join()).toContain('at=i99');
    await page.goBack();
    await expect
      .poll(() => page.locator('.pair-list').getByRole('checkbox', { checked: true }).count())
      .toBe(1);
  });

  test('it said no error, and asked nobody but its own server', () => {
    expect(visitor.errors).toEqual([]);
    expect(visitor.foreign).toEqual([]);
  });
});
