import { cut, excerpt } from '../../excerpt.ts';
import { decodeText, linesOf } from '../../tables/decode-text.ts';
import { readRows } from '../../tables/rows.ts';
import type { Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';
import { someOf } from '../image-files.ts';
import { type InputFile, inputName } from '../input-file.ts';
import { DEFAULT_TEMPLATE } from '../label-scores.ts';
import { readInput, readTextLines } from '../text-file.ts';
import { ClassesFileError, LabelledSetError } from './errors.ts';
import type { LabelledItem, LabelledSet } from './labelled-set.ts';

/** A class, and the texts that name it to the model. */
export interface PromptedClass {
  /** As the set has it. */
  readonly label: string;
  /** At least one, as they are embedded. */
  readonly prompts: readonly string[];
}

/** A class, and what templates take of it. */
export interface NamedClass {
  readonly label: string;
  /** Texts in place of the label; several are averaged. */
  readonly texts: readonly string[];
  /** Whether these are whole prompts, which need no template. */
  readonly whole: boolean;
}

export interface TemplateOptions {
  /** A file with one a line. */
  readonly templates?: string;
  readonly template?: readonly string[];
}

/** The templates that options give; undefined where none does. @throws {UsageError} @throws {ClassesFileError} for one without `{}` */
export async function givenTemplates(
  { templates, template }: TemplateOptions,
  session: Session,
): Promise<readonly string[] | undefined> {
  if (templates !== undefined && template !== undefined) {
    throw new UsageError('--templates and --template: pass one of them');
  }
  const bad = template?.find((text) => !text.includes('{}'));
  if (bad !== undefined) throw new UsageError(`--template "${bad}": has no {} for the class`);
  if (templates === undefined) return template;
  const file = await inputOf(templates, session);
  const lines = (await readTextLines(file)).map((line) => line.trim());
  const filled = lines.filter((line) => line !== '');
  if (filled.length === 0) throw new ClassesFileError(inputName(file), undefined, 'has no template');
  const wrong = lines.findIndex((line) => line !== '' && !line.includes('{}'));
  if (wrong >= 0) {
    const reason = `${excerpt(lines[wrong])} has no {} for the class; write one template a line, such as "${DEFAULT_TEMPLATE}"`;
    throw new ClassesFileError(inputName(file), wrong + 1, reason);
  }
  return filled;
}

/**
 * Classes from a file: a table with the columns `label` and, if the text is another, `prompt`, a row for each prompt of a class;
 * or a `.txt`, one a line.
 * @throws {ClassesFileError} naming the line @throws {TextFileReadError} @throws {TextEncodingError} @throws {TableRowError}
 */
export async function readClasses(input: InputFile, encoding?: string): Promise<NamedClass[]> {
  const file = inputName(input);
  const text = decodeText(await readInput(input), file, { encoding, encodingOption: 'pass --encoding' });
  const rows = /\.txt$/i.test(file) ? lineRows(text) : readRows(text, file);
  const header = (rows[0]?.cells ?? []).map((name) => name.trim().toLowerCase());
  const isTable = header.includes('label') && !(header.length === 1 && /\.txt$/i.test(file));
  if (!isTable && rows.some(({ cells }) => cells.length > 1)) {
    const reason = `its columns are ${header.map((name) => excerpt(name)).join(', ')}; name one label, and if the text is another one prompt`;
    throw new ClassesFileError(file, 1, reason);
  }
  const [label, prompt] = isTable ? [header.indexOf('label'), header.indexOf('prompt')] : [0, -1];
  const classes = new Map<string, string[]>();
  for (const { cells, line } of isTable ? rows.slice(1) : rows) {
    const [name = '', own = ''] = [cells[label]?.trim(), prompt < 0 ? '' : cells[prompt]?.trim()];
    if (name === '') throw new ClassesFileError(file, line, 'has an empty label');
    if (prompt >= 0 && own === '') throw new ClassesFileError(file, line, 'has an empty prompt');
    const known = classes.get(name);
    if (known && prompt < 0) throw new ClassesFileError(file, line, `has ${excerpt(name)} a second time`);
    if (known) known.push(own);
    else classes.set(name, [prompt < 0 ? spoken(name) : own]);
  }
  if (classes.size === 0) throw new ClassesFileError(file, undefined, 'has no labels');
  return [...classes].map(([name, texts]) => ({ label: name, texts, whole: prompt >= 0 }));
}

/** Lines, whose commas are their own. */
function lineRows(text: string) {
  const rows = linesOf(text).map((cell, i) => ({ line: i + 1, cells: [cell] }));
  return rows.at(-1)?.cells[0] === '' ? rows.slice(0, -1) : rows;
}

/** The labels of a set as classes, in the order of their names. */
export function classesOfSet({ source, items }: LabelledSet): NamedClass[] {
  const labels = [...new Set(items.flatMap(({ label }) => label ?? []))].sort();
  if (labels.length < 2) {
    const found =
      labels.length === 0 ? 'no image has a label' : `all images have the label ${excerpt(labels[0])}`;
    throw new LabelledSetError(
      source,
      `${found}; say where labels are by --label-column, --label-from folder or --truth, and name all classes by --labels`,
    );
  }
  return labels.map((label) => ({ label, texts: [spoken(label)], whole: false }));
}

/** `glioma_tumor` as people say it, as CoOp's prompts have class names. */
function spoken(label: string): string {
  return label.replaceAll('_', ' ');
}

/** Every text of a class in every template; whole prompts as they are, unless templates are given. */
export function promptedClasses(
  classes: readonly NamedClass[],
  templates: readonly string[] | undefined,
): { readonly classes: readonly PromptedClass[]; readonly templates: readonly string[] } {
  const whole = classes.every((one) => one.whole) && templates === undefined;
  const used = whole ? [] : (templates ?? [DEFAULT_TEMPLATE]);
  return {
    templates: used,
    classes: classes.map(({ label, texts }) => ({
      label,
      prompts: whole
        ? texts
        : texts.flatMap((text) => used.map((template) => template.split('{}').join(text))),
    })),
  };
}

/** What is done about images of which no class is known. */
export type OtherLabels = 'fail' | 'skip';

export interface KeptItems {
  /** Their places in the set. */
  readonly places: readonly number[];
  readonly items: readonly (LabelledItem & { readonly label: string })[];
  readonly notes: readonly string[];
}

/**
 * The items whose label is one of the classes.
 * @throws {LabelledSetError} naming the others, unless they are to be skipped; and where none is left
 */
export function keptItems(
  { source, items }: LabelledSet,
  classes: readonly Pick<PromptedClass, 'label'>[],
  others: OtherLabels,
): KeptItems {
  const known = new Set(classes.map(({ label }) => label));
  const unlabelled = items.filter(({ label }) => label === undefined);
  const strange = items.filter(({ label }) => label !== undefined && !known.has(label));
  const names = [...new Set(strange.map(({ label }) => excerpt(label)))];
  const said = [
    ...(unlabelled.length > 0 ? [`no label for ${someOf(idsOf(unlabelled), 'image')}`] : []),
    ...(strange.length > 0
      ? [`${someOf(idsOf(strange), 'image')} with ${someOf(names, 'label')} that no class has`]
      : []),
  ];
  if (others === 'fail' && said.length > 0) {
    throw new LabelledSetError(
      source,
      `${said.join('; ')}; the classes are ${cut([...known].join(', '), 400)}; name them all by --labels, ` +
        'or leave such images out by --other-labels skip',
    );
  }
  const places = items.flatMap(({ label }, i) => (label !== undefined && known.has(label) ? [i] : []));
  if (places.length === 0) throw new LabelledSetError(source, 'no image has the label of a class');
  return {
    places,
    items: places.flatMap((i) => {
      const item = items[i];
      return item?.label === undefined ? [] : [{ ...item, label: item.label }];
    }),
    notes: said.map((text) => `left out: ${text}`),
  };
}

function idsOf(items: readonly LabelledItem[]): string[] {
  return items.map(({ id }) => id);
}
