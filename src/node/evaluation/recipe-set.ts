import { access, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isJsonObject, parsedJson } from '../../arguments.ts';
import { hasImageEnding } from '../../image/endings.ts';
import { readRows } from '../../tables/rows.ts';
import { listImageFiles, someOf } from '../image-files.ts';
import { shortPath } from '../provenance.ts';
import { readTextFile } from '../text-file.ts';
import { RecipeLayoutError } from './errors.ts';
import type { LabelledItem, LabelledSet } from './labelled-set.ts';
import type { Recipe, RecipeLayout } from './recipe.ts';

type LayoutOf<K extends RecipeLayout['kind']> = Extract<RecipeLayout, { readonly kind: K }>;

/**
 * The images of a set that lies as its recipe says, of the recipe's classes alone.
 * @throws {RecipeLayoutError} naming what is missing
 */
export async function readRecipeSet(recipe: Recipe, folder: string): Promise<LabelledSet> {
  const { layout } = recipe;
  const place: Place = { recipe, folder, layout: layoutText(recipe) };
  const all = await itemsOf(layout, place);
  const known = new Set(recipe.classes.map(({ label }) => label));
  const items = all.filter(({ label }) => known.has(label ?? ''));
  const absent = recipe.classes.filter(({ label }) => !items.some((item) => item.label === label));
  if (absent.length > 0) {
    throw missing(
      place,
      `no image of ${someOf(
        absent.map(({ label }) => label),
        'class',
        'classes',
      )}`,
    );
  }
  const others = [...new Set(all.flatMap(({ label }) => (known.has(label ?? '') ? [] : (label ?? []))))];
  const notes = others.length > 0 ? [`left out, being no class of the recipe: ${others.join(', ')}`] : [];
  return { source: shortPath(folder), items, notes };
}

interface Place {
  readonly recipe: Recipe;
  readonly folder: string;
  /** What must be there, in words. */
  readonly layout: string;
}

function missing({ recipe, folder, layout }: Place, what: string): RecipeLayoutError {
  return new RecipeLayoutError(recipe.name, folder, what, layout);
}

function itemsOf(layout: RecipeLayout, place: Place): Promise<LabelledItem[]> {
  switch (layout.kind) {
    case 'folders':
      return inFolders(layout, place);
    case 'split':
      return inSplit(layout, place);
    case 'table':
      return inTable(layout, place);
    case 'names':
      return byNames(layout, place);
  }
}

async function inFolders({ roots }: LayoutOf<'folders'>, place: Place): Promise<LabelledItem[]> {
  const labels = place.recipe.classes.map(({ label }) => label);
  const lacking: string[] = [];
  for (const root of roots) {
    const folders = labels.map((label) => join(place.folder, root, label));
    const there = await Promise.all(folders.map(exists));
    lacking.push(...there.flatMap((found, i) => (found ? [] : [join(root, labels[i] ?? '')])));
    if (!there.every(Boolean)) continue;
    const lists = await Promise.all(folders.map((folder) => listImageFiles([folder], { recursive: true })));
    return lists.flatMap(({ files }, i) =>
      files.map(({ path }) => ({ id: relative(place.folder, path), path, label: labels[i] })),
    );
  }
  throw missing(place, `${someOf(lacking, 'folder')} not there`);
}

async function inSplit({ file, images, part }: LayoutOf<'split'>, place: Place): Promise<LabelledItem[]> {
  const text = await textOf(file, place);
  const split = parsedJson(text);
  const entries = isJsonObject(split) ? split[part] : undefined;
  const fits = (entry: unknown): entry is [string, number, string] =>
    Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[2] === 'string';
  if (!Array.isArray(entries) || !entries.every(fits)) {
    throw missing(place, `${file} has no list ${part} of [path, number, class]`);
  }
  return found(
    entries.map(([path, , label]) => ({ id: path, path: join(place.folder, images, path), label })),
    place,
  );
}

async function inTable(layout: LayoutOf<'table'>, place: Place): Promise<LabelledItem[]> {
  const [header, ...rows] = readRows(await textOf(layout.file, place), join(place.folder, layout.file));
  const names = (header?.cells ?? []).map((name) => name.trim());
  const columnOf = (column: string | number) => {
    const at = typeof column === 'number' ? column : names.indexOf(column);
    if (at >= 0 && at < names.length) return at;
    throw missing(place, `${layout.file} has no column ${column}, but ${names.join(', ')}`);
  };
  const image = columnOf(layout.image);
  const labels = (Array.isArray(layout.label) ? layout.label : [layout.label]).map(columnOf);
  const labelOf = (cells: readonly string[]) => {
    if (labels.length === 1) return cells[labels[0] ?? 0]?.trim() ?? '';
    const values = labels.map((at) => Number(cells[at]));
    return names[labels[values.indexOf(Math.max(...values))] ?? -1] ?? '';
  };
  const { only } = layout;
  const kept = only ? rows.filter(({ cells }) => cells[columnOf(only.column)]?.trim() === only.is) : rows;
  const items = kept.map(({ cells }) => {
    const cell = cells[image]?.trim() ?? '';
    const label = labelOf(cells);
    const path = layout.path.split('{}').join(cell).split('{label}').join(label);
    return { id: path, path: join(place.folder, path), label };
  });
  // A set of boxes has a row a box: the image is one item.
  return found([...new Map(items.map((item) => [item.path, item])).values()], place);
}

async function byNames({ folder, pattern }: LayoutOf<'names'>, place: Place): Promise<LabelledItem[]> {
  const names = await readdir(join(place.folder, folder)).catch(() => {
    throw missing(place, `the folder ${folder} is not there`);
  });
  const named = names.filter(hasImageEnding).sort();
  return named.flatMap((name) => {
    const label = new RegExp(pattern).exec(name)?.[1];
    const path = join(folder, name);
    return label === undefined ? [] : [{ id: path, path: join(place.folder, path), label }];
  });
}

/** @throws {RecipeLayoutError} naming images that are not there, and such as lie elsewhere */
async function found(items: readonly LabelledItem[], place: Place): Promise<LabelledItem[]> {
  const outside = items.find(({ id }) => /^[\\/]|^[a-z]:|(^|[\\/])\.\.([\\/]|$)/i.test(id));
  if (outside) throw missing(place, `the image ${outside.id} lies outside the folder`);
  const absent: string[] = [];
  for (const { id, path } of items) if (!(await exists(path))) absent.push(id);
  if (absent.length > 0) throw missing(place, `${someOf(absent, 'image')} not there`);
  return [...items];
}

async function textOf(file: string, place: Place): Promise<string> {
  const path = join(place.folder, file);
  if (!(await exists(path))) throw missing(place, `${file} is not there`);
  return readTextFile(path);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What a folder must have, in words. */
function layoutText({ layout, classes }: Recipe): string {
  switch (layout.kind) {
    case 'folders': {
      const labels = classes.map(({ label }) => label).join(', ');
      const [first = '.', ...others] = layout.roots;
      const where = first === '.' ? '' : ` in ${first}`;
      const or = others.length > 0 ? ` (or in ${others.join(', or in ')})` : '';
      return `a folder of images for each class${where}${or}: ${labels}`;
    }
    case 'split':
      return `the split ${layout.file} and its images in ${layout.images}`;
    case 'table':
      return `the table ${layout.file} and its images as ${layout.path}`;
    case 'names':
      return `images in ${layout.folder} whose names have their class by ${layout.pattern}`;
  }
}
