import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { EXAMPLES, examplePath, mapIsDone, openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// Files that are dragged over the page, and folders that are picked.

describe.skipIf(!existsSync(CHROMIUM))('dragging and picking', () => {
  let site: Site;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    seen = await visit(site);
    page = seen.page;
  });
  afterAll(async () => {
    await seen?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const frame = () => page.locator('.drop-frame');

  /** What a browser tells of a drag, with files of such types or a text. */
  async function drag(event: string, selector: string, types: readonly string[]): Promise<boolean> {
    return page.evaluate(
      ([event, selector, types]) => {
        const dataTransfer = new DataTransfer();
        for (const type of types) {
          if (type === 'text') dataTransfer.setData('text/plain', 'words');
          else dataTransfer.items.add(new File(['x'], 'x', { type }));
        }
        const given = { dataTransfer, bubbles: true, cancelable: true, relatedTarget: null };
        return !document.querySelector(selector)?.dispatchEvent(new DragEvent(event, given));
      },
      [event, selector, types] as const,
    );
  }

  test('a frame says what would be opened, until the files are gone or dropped', async () => {
    await drag('dragover', 'h1', ['image/png', 'image/jpeg', 'text/csv']);
    expect(await textOf(frame())).toBe('2 images and 1 other file or folderDrop to open');
    await drag('dragleave', 'body', []);
    await expect.poll(() => frame().count()).toBe(0);
    await drag('dragover', 'h1', ['']);
    expect(await textOf(frame())).toBe('1 file or folderDrop to open');
    await drag('drop', 'h1', ['']);
    await expect.poll(() => frame().count()).toBe(0);
    await page.locator('.notice.error').getByText('There is no image among the files').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  test('text that is dragged is left to where it goes', async () => {
    expect(await drag('dragover', 'h1', ['text'])).toBe(false);
    expect(await frame().count()).toBe(0);
    expect(await drag('drop', 'h1', ['text'])).toBe(false);
  });

  test('with pairs open it says that they stay until the new are ready, and a zone says its own', async () => {
    await openNinePairs(page);
    await drag('dragover', 'h1', ['image/png']);
    expect(await textOf(frame())).toBe(
      '1 imageDrop to open: takes the place of the 9 pairs, once it is ready',
    );
    await drag('dragover', '.drop-zone p', ['image/png']);
    expect(await textOf(frame())).toBe('1 imageDrop to ask which label fits');
    await drag('dragleave', 'body', []);
  });

  test('a folder is opened with the folders in it, without what is hidden', async () => {
    const images = await Promise.all(
      EXAMPLES.slice(0, 2).map(async ([name]) => (await readFile(examplePath(name))).toString('base64')),
    );
    await page.evaluate(async ([one, two]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('set', { create: true });
      const write = async (path: string, content: string | Uint8Array<ArrayBuffer>) => {
        const names = path.split('/');
        let folder = root;
        for (const name of names.slice(0, -1))
          folder = await folder.getDirectoryHandle(name, { create: true });
        const file = await (
          await folder.getFileHandle(names.at(-1) ?? '', { create: true })
        ).createWritable();
        await file.write(content);
        await file.close();
      };
      const bytes = (base64 = '') => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await write('bone/1.png', bytes(one));
      await write('brain/1.png', bytes(two));
      await write('captions.csv', 'image,caption\nbone/1.png,a bone\nbrain/1.png,a brain\n');
      await write('.hidden/2.png', 'no image');
      await write('.captions.csv', 'image,caption\n');
      Object.assign(window, { showDirectoryPicker: async () => root });
    }, images);
    await page.getByRole('button', { name: 'Open folder…' }).click();
    await expect.poll(() => textOf(page.locator('.status'))).toMatch(/^2 pairs/);
    await mapIsDone(page);
    expect((await page.locator('.pair-list .chip-name').allTextContents()).sort()).toEqual([
      'a bone',
      'a brain',
    ]);
    expect([seen.errors, seen.foreign]).toEqual([[], []]);
  });
});
