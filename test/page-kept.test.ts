import { existsSync } from 'node:fs';
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
  const isKept = (of = page) => panel(of).getByText('Kept in this browser: ').waitFor();
  const notices = (of = page) => of.locator('.notice:not(.task)').allInnerTexts();
  const onDisk = (of = page) =>
    of.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const names: string[] = [];
      for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
      return names;
    });
  /** Whether leaving asks first; it is answered with staying. */
  const asksBeforeLeaving = async () => {
    await page.locator('.status').click(); // browsers ask only people who used the page
    let asked = false;
    const stay = async (dialog: { type(): string; dismiss(): Promise<void> }) => {
      asked = dialog.type() === 'beforeunload';
      await dialog.dismiss();
    };
    page.on('dialog', stay);
    await page.close({ runBeforeUnload: true });
    await page.waitForTimeout(300);
    page.off('dialog', stay);
    return asked;
  };
  const places = (of = page) =>
    of.evaluate(() => document.querySelector('.readout')?.textContent ?? '');
  const selection = (of = page) => textOf(of.getByLabel('Selection', { exact: true }));

  test('nothing is written before people say so, and leaving asks first', async () => {
    expect(await page.locator('.go-on').count()).toBe(0);
    await openPairs(page, rowsOf(5));
    await mapIsDone(page);
    expect(await onDisk()).toEqual([]);
    expect(await asksBeforeLeaving()).toBe(true);
  });

  test('kept as it is looked at: size on disk, what is there, no question before leaving', async () => {
    await page.getByText('label', { exact: true }).click();
    await page.locator('.pair-list').getByRole('checkbox').first().check();
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('End');
    await page.locator('.closing-status', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await mapIsDone(page);
    await keepButton().click();
    await isKept();
    expect(await textOf(panel())).toMatch(/Kept in this browser: 5 pairs .* and the images.*[\d.]+ [kM]B on disk, embeddings of 5 pairs/s);
    expect(await onDisk()).toEqual(['biomedclip-kept']);
  });

  test('it said no error, and asked nobody but its own server', () => {
    expect(visitor.errors).toEqual([]);
    expect(visitor.foreign).toEqual([]);
  });
});
