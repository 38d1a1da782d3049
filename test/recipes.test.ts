// Every recipe of the package, on a set of its layout with tiny images. The data itself is for users to download.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BiomedClip } from '../src/api.ts';
import { BiomedClip as Loader } from '../src/index.ts';
import { csv } from '../src/node/csv-text.ts';
import { RecipeLayoutError } from '../src/node/evaluation/errors.ts';
import { promptsDigest } from '../src/node/evaluation/evaluation.ts';
import { parseRecipe, type Recipe, readRecipe, recipeNames } from '../src/node/evaluation/recipe.ts';
import { readRecipeSet } from '../src/node/evaluation/recipe-set.ts';
import { adapterOptions, cli as run, tinyModel } from './support/cli-run.ts';

const names = await recipeNames();
let folder: string;
let model: BiomedClip;
let png: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipes-'));
  const { directory } = await tinyModel(folder);
  model = await Loader.load(directory, { adapter: adapterOptions[1] });
  png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#7d5' } })
    .png()
    .toBuffer();
});
afterAll(async () => {
  model.destroy();
  await rm(folder, { recursive: true });
});

/** One model for all commands of this file. */
const loadModel = async () => {
  const { info } = model;
  const embedBatch = model.embedBatch.bind(model);
  return { info, embedBatch, destroy() {}, async [Symbol.asyncDispose]() {} } as BiomedClip;
};
const cli = (...argv: string[]) =>
  run([...argv, ...adapterOptions, '--quiet'], { loadModel, defaultModel: async () => 'tiny' });

async function put(root: string, path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** A set of the recipe's layout: an image a class, two of the first, and where there are parts one of another. */
async function layOut({ layout, classes }: Recipe, root: string): Promise<void> {
  const items = [...classes, ...classes.slice(0, 1)].map(({ label }, i) => ({ label, name: `image ${i}` }));
  switch (layout.kind) {
    case 'folders':
      for (const { label, name } of items)
        await put(root, join(layout.roots[0] ?? '', label, `${name}.jpeg`), png);
      return;
    case 'names':
      for (const { label, name } of items) await put(root, join(layout.folder, `${name}_${label}.png`), png);
      return;
    case 'split': {
      for (const { label, name } of items) await put(root, join(layout.images, label, `${name}.png`), png);
      const entry = ({ label, name }: (typeof items)[number]) => [`${label}/${name}.png`, 0, label];
      const split = { train: [['not/there.png', 0, 'x']], val: [], [layout.part]: items.map(entry) };
      return put(root, layout.file, JSON.stringify(split));
    }
    case 'table': {
      const columns = [layout.image, layout.label, layout.only?.column ?? []].flat();
      const placed = columns.filter((column) => typeof column === 'number');
      const header: string[] = Array.from({ length: Math.max(-1, ...placed) + 1 }, (_, i) => `column ${i}`);
      for (const column of columns)
        if (typeof column === 'string' && !header.includes(column)) header.push(column);
      const at = (column: string | number) => (typeof column === 'number' ? column : header.indexOf(column));
      const row = (name: string, label: string, part: string | undefined) => {
        const cells = header.map(() => '');
        cells[at(layout.image)] = name;
        if (typeof layout.label === 'object')
          for (const one of layout.label) cells[at(one)] = String(Number(one === label));
        else cells[at(layout.label)] = label;
        if (layout.only) cells[at(layout.only.column)] = part ?? layout.only.is;
        return cells;
      };
      const rows = items.map(({ label, name }) => row(`${name}.png`, label, undefined));
      if (layout.only) rows.push(row('absent.png', classes[0]?.label ?? '', 'another part'));
      for (const { label, name } of items) {
        const path = layout.path.split('{}').join(`${name}.png`).split('{label}').join(label);
        await put(root, path, png);
      }
      return put(root, layout.file, csv(header, rows));
    }
  }
}

describe.each(names)('%s', (name) => {
  test('scores a set of its layout, with the published figure beside it, and says what another lacks', async () => {
    const recipe = await readRecipe(name);
    expect(recipe.name).toBe(name);
    const root = join(folder, name);
    await layOut(recipe, root);
    const { code, stdout, stderr } = await cli(
      'evaluate',
      root,
      '--recipe',
      name,
      '--resamples',
      '0',
      '--json',
    );
    expect(stderr.replace(/^warning: .* untrained, so its results mean nothing\n/, '')).toBe('');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const members =
      (recipe.subset && recipe.subsets?.[recipe.subset]) || recipe.classes.map(({ label }) => label);
    const [zeroShot] = result.methods;
    expect(zeroShot.classes.map(({ label }: { label: string }) => label)).toEqual(members);
    expect(zeroShot.items).toBe(members.length + 1);
    expect(result.recipe.published.map(({ value }: { value: number }) => value)).toEqual(
      recipe.published.filter(({ subset }) => subset === recipe.subset).map(({ value }) => value),
    );
    expect(result.recipe.published.length).toBeGreaterThan(0);
    expect(result.recipe.ownPrompts).toBe(recipe.promptsSha256 === undefined ? null : false);
    const empty = join(folder, 'empty');
    await mkdir(empty, { recursive: true });
    const expected = new RegExp(
      `^${empty}: is not laid out as the recipe ${name} expects: .* not there; it must have `,
    );
    const refused = readRecipeSet(recipe, empty);
    await expect(refused).rejects.toThrow(RecipeLayoutError);
    await expect(refused).rejects.toThrow(expected);
  });
});

test.each(['', '/', '/../ids'])(
  'ids are paths within the folder, given with %j behind it',
  async (ending) => {
    const recipe = await readRecipe('lc25000-lung');
    const root = join(folder, 'ids');
    await layOut(recipe, root);
    const { items } = await readRecipeSet(recipe, `${root}${ending}`);
    expect(items.map(({ id }) => join(root, id))).toEqual(items.map(({ path }) => path));
  },
);

test('there is a recipe for each published set', () => {
  const count = (prefix: string) => names.filter((name) => name.startsWith(prefix)).length;
  expect([count('biomedcoop-'), count('unimed-'), names.length]).toEqual([11, 21, 36]);
});

describe('subsets and prompts', () => {
  test('novel classes, all of them, and prompts of one’s own', async () => {
    const recipe = await readRecipe('biomedcoop-btmri');
    const root = join(folder, 'btmri');
    await layOut(recipe, root);
    const scored = async (...more: string[]) =>
      JSON.parse(
        (await cli('evaluate', root, '--recipe', recipe.name, '--resamples', '0', '--json', ...more)).stdout,
      );
    const novel = await scored('--subset', 'novel');
    expect(novel.classes.map(({ label }: { label: string }) => label)).toEqual([
      'pituitary tumor',
      'normal brain',
    ]);
    expect(novel.recipe.published).toMatchObject([{ value: 65.42 }]);
    const all = await scored('--subset', 'all');
    expect([all.classes.length, all.recipe.published]).toEqual([4, []]);
    expect(all.classes[0]).toEqual({ label: 'glioma tumor', prompts: ['a photo of a glioma tumor.'] });
    const other = await scored('--template', 'MRI of {}');
    expect([other.recipe.ownPrompts, other.classes[0].prompts]).toEqual([false, ['MRI of glioma tumor']]);
    const wrong = await cli('evaluate', root, '--recipe', recipe.name, '--subset', 'old');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('--subset old: the recipe biomedcoop-btmri has all, base, novel');
  });

  test('a publication’s own prompts are known by their digest', async () => {
    const recipe = await readRecipe('unimed-pcam');
    const classes = recipe.classes.map(({ label }) => ({
      label,
      prompts: [`first of ${label}`, `second of ${label}`],
    }));
    const file = join(folder, 'own.json');
    await writeFile(file, JSON.stringify({ ...recipe, promptsSha256: promptsDigest(classes) }));
    const root = join(folder, 'pcam');
    await layOut(recipe, root);
    const prompts = join(folder, 'prompts.csv');
    const rows = classes.flatMap((one) => one.prompts.map((prompt) => [one.label, prompt]));
    await writeFile(prompts, csv(['label', 'prompt'], rows));
    const scored = await cli(
      'evaluate',
      root,
      '--recipe',
      file,
      '--labels',
      prompts,
      '--resamples',
      '0',
      '--json',
    );
    const result = JSON.parse(scored.stdout);
    expect([result.recipe.ownPrompts, result.templates]).toEqual([true, []]);
    expect(result.classes).toEqual(classes);
    const text = await cli('evaluate', root, '--recipe', file, '--labels', prompts, '--resamples', '0');
    expect(text.stdout).toContain('prompts    the publication’s');
    expect(text.stdout).toContain(
      'published  49.02 % accuracy of 21 sets, their mean, BiomedCLIP (UniMed-CLIP, README)',
    );
  });
});

describe('a set that is not as its recipe says', () => {
  const split = { kind: 'split', file: 'split.json', images: '.', part: 'test' } as const;
  const recipe = (layout: object) => parseRecipe('mine.json', JSON.stringify({ ...plain, layout }));
  const plain = {
    ...{ name: 'mine', title: 'mine', source: [], uncertain: [], templates: ['{}'], published: [] },
    classes: ['a', 'b'].map((label) => ({ label, name: label })),
  };
  const table = { kind: 'table', file: 'table.csv', image: 'image', label: 'label', path: '{}' } as const;

  test.each([
    ['a list of another form', split, { 'split.json': '{"test":{}}' }, 'split.json has no list test'],
    ['no JSON', split, { 'split.json': 'x' }, 'split.json has no list test'],
    ['an absent image', split, { 'split.json': '{"test":[["a.png",0,"a"]]}' }, '1 image (a.png) not there'],
    [
      'a path that leads out',
      split,
      { 'split.json': '{"test":[["../a.png",0,"a"]]}' },
      'the image ../a.png lies outside',
    ],
    [
      'no such column',
      table,
      { 'table.csv': 'image,class\nx,a\n' },
      'table.csv has no column label, but image, class',
    ],
    ['a column beyond', { ...table, label: 7 }, { 'table.csv': 'image,label\nx,a\n' }, 'has no column 7'],
    [
      'a class without images',
      table,
      { 'table.csv': 'image,label\nx.png,a\n', 'x.png': '' },
      'no image of 1 class (b)',
    ],
  ] as const)('%s', async (what, layout, files, message) => {
    const root = join(folder, what);
    await mkdir(root);
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    await expect(readRecipeSet(recipe(layout), root)).rejects.toThrow(message);
  });

  test.each([
    [{ title: 1 }, 'mine.json: title must be a text, got 1'],
    [{ templates: ['no place'] }, 'templates must be texts with {} for the class'],
    [{ layout: { kind: 'web' } }, 'layout must be an object whose kind is'],
    [{ layout: { ...split, file: '../split.json' } }, 'layout.file must be a path inside the folder'],
    [
      { layout: { kind: 'names', folder: 'x', pattern: '(' } },
      'layout.pattern must be a regular expression with a group',
    ],
    [{ layout: { ...table, path: 'x' } }, 'layout.path must be a path inside the folder with {}'],
    [{ classes: [{ label: 'a', name: 'a' }] }, 'classes must be at least two objects'],
    [
      {
        classes: [
          { label: 'a', name: 'a' },
          { label: 'a', name: 'b' },
        ],
      },
      'classes must be of a label each',
    ],
    [{ classes: [{ label: 'a', name: 'a' }, { label: 'b' }] }, 'classes[1].name must be a text'],
    [{ subsets: { base: ['a', 'c'] } }, 'subsets.base must be at least two labels of the classes'],
    [{ subset: 'base' }, 'subset must be one of the subsets, got "base"'],
    [{ published: [{ value: 147 }] }, 'published[0].model must be a text'],
    [{ extra: 1 }, 'extra must be left out: known are name, title'],
  ])('a recipe with %j', (change, message) => {
    expect(() => parseRecipe('mine.json', JSON.stringify({ ...plain, layout: split, ...change }))).toThrow(
      message,
    );
  });

  test('a recipe that is none', async () => {
    expect(() => parseRecipe('mine.json', '{')).toThrow('mine.json: a recipe must be JSON');
    expect(() => parseRecipe('mine.json', '[]')).toThrow('mine.json: a recipe must be an object');
    await expect(readRecipe('none.json')).rejects.toThrow('none.json: cannot be read: there is no such file');
    const unknown = await cli('evaluate', folder, '--recipe', 'lc25000-lungs');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('did you mean lc25000-lung?');
  });

  test('the written tables are those of the recipe’s classes', async () => {
    const lung = await readRecipe('lc25000-lung');
    const [root, out] = [join(folder, 'lung'), join(folder, 'lung-out')];
    await layOut(lung, root);
    expect(await cli('evaluate', root, '--recipe', lung.name, '-o', out, '--resamples', '0')).toMatchObject({
      code: 0,
    });
    const rows = parse(await readFile(join(out, 'evaluation.csv'), 'utf8'), { columns: true }) as {
      label: string;
    }[];
    expect(rows.map(({ label }) => label)).toEqual(['lung_aca', 'lung_n', 'lung_scc']);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain(
      '65.23&nbsp;% accuracy of this set, BiomedCLIP',
    );
  });
});
