import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isJsonObject, nearest } from '../../arguments.ts';
import { systemCode, TextFileReadError, UsageError } from '../errors.ts';
import { RECIPES } from '../package-files.ts';
import { RecipeError } from './errors.ts';

/** How a public set is scored as a publication did it: where its files lie, its classes, prompts and split, and the figure. */
export interface Recipe {
  readonly name: string;
  readonly title: string;
  /** Where layout, prompts, split and figures are from. */
  readonly source: readonly string[];
  /** What is not known for sure, or differs from the publication. */
  readonly uncertain: readonly string[];
  readonly layout: RecipeLayout;
  /** In the order of the publication. */
  readonly classes: readonly RecipeClass[];
  readonly templates: readonly string[];
  /** SHA-256 of the publication's own prompts, by `promptsDigest`, where the recipe has others. */
  readonly promptsSha256?: string;
  /** Classes that are scored together, by name. */
  readonly subsets?: Readonly<Record<string, readonly string[]>>;
  /** The subset that the first figure is of. Default: all classes. */
  readonly subset?: string;
  readonly published: readonly PublishedFigure[];
}

interface RecipeClass {
  /** As the set has it: a folder's name, a cell of a table. */
  readonly label: string;
  /** What templates take. */
  readonly name: string;
}

export interface PublishedFigure {
  readonly model: string;
  readonly metric: 'accuracy';
  /** In percent. */
  readonly value: number;
  /** What it is of: this set, or the mean of several. */
  readonly of: string;
  /** The subset of classes that it is of. Default: all. */
  readonly subset?: string;
  readonly source: string;
}

/** How the files of a set lie in its folder. */
export type RecipeLayout =
  /** A folder a class, of its label, in the first of the roots that has them all. */
  | { readonly kind: 'folders'; readonly roots: readonly string[] }
  /** A JSON of CoOp's form: `{ "test": [[path, number, class], ...] }`, paths relative to `images`. */
  | { readonly kind: 'split'; readonly file: string; readonly images: string; readonly part: string }
  /**
   * A table with a row an image; columns by name, or by place from 0. Of several columns the label is the name of that with the
   * largest number, the first of equal ones. `path` has `{}` for the image's cell, and may have `{label}`.
   */
  | {
      readonly kind: 'table';
      readonly file: string;
      readonly image: string | number;
      readonly label: string | number | readonly string[];
      readonly path: string;
      readonly only?: { readonly column: string | number; readonly is: string };
    }
  /** Images of a folder whose names have the label, where the pattern has its first group. */
  | { readonly kind: 'names'; readonly folder: string; readonly pattern: string };

/** The names of the package's recipes. */
export async function recipeNames(): Promise<string[]> {
  const files = await readdir(RECIPES);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

/**
 * A recipe of the package by its name, or one in a file that ends in `.json`.
 * @throws {UsageError} for an unknown name @throws {TextFileReadError} @throws {RecipeError} naming the field
 */
export async function readRecipe(named: string): Promise<Recipe> {
  if (named.endsWith('.json')) return parseRecipe(named, await readText(named));
  const names = await recipeNames();
  if (!names.includes(named)) {
    const near = nearest(named, names);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    throw new UsageError(
      `--recipe ${named}: is none of ${names.join(', ')}, and no file that ends in .json${meant}`,
    );
  }
  const file = join(RECIPES, `${named}.json`);
  return parseRecipe(file, await readText(file));
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const code = systemCode(cause);
    throw new TextFileReadError(file, code === 'ENOENT' ? 'there is no such file' : code, { cause });
  });
}

/** @throws {RecipeError} */
export function parseRecipe(file: string, text: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecipeError(file, '', 'JSON', text, { cause });
  }
  expectFields(file, '', value, RECIPE);
  const recipe = value as unknown as Recipe;
  expectFields(file, 'layout.', recipe.layout, LAYOUTS[recipe.layout.kind]);
  for (const [i, one] of recipe.classes.entries()) expectFields(file, `classes[${i}].`, one, CLASS);
  for (const [i, one] of recipe.published.entries()) expectFields(file, `published[${i}].`, one, PUBLISHED);
  const labels = new Set(recipe.classes.map(({ label }) => label));
  if (labels.size < recipe.classes.length)
    throw new RecipeError(file, 'classes', 'of a label each', recipe.classes);
  for (const [name, members] of Object.entries(recipe.subsets ?? {})) {
    if (members.length > 1 && members.every((label) => labels.has(label))) continue;
    throw new RecipeError(file, `subsets.${name}`, 'at least two labels of the classes', members);
  }
  for (const name of [recipe.subset, ...recipe.published.map(({ subset }) => subset)]) {
    if (name === undefined || recipe.subsets?.[name]) continue;
    throw new RecipeError(file, 'subset', 'one of the subsets', name);
  }
  return recipe;
}

type Rule = readonly [words: string, fits: (value: unknown) => boolean];
type Rules = Readonly<Record<string, Rule>>;

const TEXT: Rule = ['a text', (value) => typeof value === 'string' && value !== ''];
const TEXTS: Rule = ['texts', (value) => Array.isArray(value) && value.every(TEXT[1])];
/** Within the folder of the set, wherever that is. */
const INSIDE: Rule = [
  'a path inside the folder',
  (value) => typeof value === 'string' && !/^[\\/]|^[a-z]:|(^|[\\/])\.\.([\\/]|$)/i.test(value),
];
const COLUMN: Rule = [
  'a column’s name, or its place from 0',
  (value) => TEXT[1](value) || Number.isSafeInteger(value),
];

const RECIPE: Rules = {
  name: TEXT,
  title: TEXT,
  source: TEXTS,
  uncertain: TEXTS,
  layout: [
    'an object whose kind is folders, split, table or names',
    (v) => isJsonObject(v) && String(v.kind) in LAYOUTS,
  ],
  classes: ['at least two objects', (v) => Array.isArray(v) && v.length > 1 && v.every(isJsonObject)],
  templates: [
    'texts with {} for the class',
    (v) => Array.isArray(v) && v.length > 0 && v.every((t) => TEXT[1](t) && String(t).includes('{}')),
  ],
  promptsSha256: optional(['64 hexadecimal digits', (v) => typeof v === 'string' && /^[\da-f]{64}$/.test(v)]),
  subsets: optional([
    'an object of lists of labels',
    (v) => isJsonObject(v) && Object.values(v).every(TEXTS[1]),
  ]),
  subset: optional(TEXT),
  published: ['objects', (v) => Array.isArray(v) && v.every(isJsonObject)],
};
const CLASS: Rules = { label: TEXT, name: TEXT };
const PUBLISHED: Rules = {
  model: TEXT,
  metric: ['"accuracy"', (v) => v === 'accuracy'],
  value: ['a percentage', (v) => typeof v === 'number' && v >= 0 && v <= 100],
  of: TEXT,
  subset: optional(TEXT),
  source: TEXT,
};
const LAYOUTS: Readonly<Record<RecipeLayout['kind'], Rules>> = {
  folders: {
    kind: TEXT,
    roots: ['paths inside the folder', (v) => Array.isArray(v) && v.length > 0 && v.every(INSIDE[1])],
  },
  split: { kind: TEXT, file: INSIDE, images: INSIDE, part: TEXT },
  table: {
    ...{ kind: TEXT, file: INSIDE, image: COLUMN },
    label: [
      'a column, or several by name',
      (v) => COLUMN[1](v) || (TEXTS[1](v) && (v as string[]).length > 1),
    ],
    path: ['a path inside the folder with {} for the cell', (v) => INSIDE[1](v) && String(v).includes('{}')],
    only: optional([
      'an object with column and is',
      (v) => isJsonObject(v) && COLUMN[1](v.column) && typeof v.is === 'string',
    ]),
  },
  names: {
    ...{ kind: TEXT, folder: INSIDE },
    pattern: ['a regular expression with a group', (v) => typeof v === 'string' && isPattern(v)],
  },
};

function isPattern(text: string): boolean {
  try {
    return (new RegExp(`${text}|`).exec('')?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

function optional([words, fits]: Rule): Rule {
  return [words, (value) => value === undefined || fits(value)];
}

function expectFields(file: string, path: string, value: unknown, rules: Rules): void {
  if (!isJsonObject(value)) throw new RecipeError(file, path.replace(/\.$/, ''), 'an object', value);
  for (const [name, [expected, fits]] of Object.entries(rules)) {
    if (!fits(value[name])) throw new RecipeError(file, `${path}${name}`, expected, value[name]);
  }
  const unknown = Object.keys(value).find((name) => !(name in rules));
  if (unknown === undefined) return;
  throw new RecipeError(
    file,
    `${path}${unknown}`,
    `left out: known are ${Object.keys(rules).join(', ')}`,
    value[unknown],
  );
}
