import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { folderNames, modelNames } from '../cli/model-names.ts';
import { OutputExistsError, SameModelError, UsageError } from '../errors.ts';
import { modelName } from '../provenance.ts';
import { expectWritable } from '../staged-files.ts';
import { isEmbeddingDirectory } from './embedding-set.ts';
import { FIGURES } from './figure-files.ts';
import { expectOwnFolder } from './run-study.ts';
import type { StudyOptions } from './study-options.ts';
import { COMPARISON_FILES } from './write-comparison.ts';
import { STUDY_FILES } from './write-study.ts';

/** Several embedded folders, or several models for the pairs of one source. */
export interface ComparisonInput {
  readonly sources: readonly string[];
  readonly models: readonly string[];
  readonly names?: readonly string[];
}

/** One model's part: its study, in a folder of its own. */
export interface ComparisonPart {
  readonly name: string;
  readonly source: string;
  readonly folder: string;
  readonly options: StudyOptions;
}

/** The folder of the models' own studies, in the comparison's. */
const MODELS = 'models';

/** The parts of a comparison, each in a folder of its name. @throws {UsageError} @throws {SameModelError} */
export async function partsOf(
  { sources, models, names }: ComparisonInput,
  options: StudyOptions,
): Promise<ComparisonPart[]> {
  if (sources.length > 1 && models.length > 0) {
    throw new UsageError(
      'name several embedded folders, or one source of pairs with several --model, not both',
    );
  }
  const [source = ''] = sources;
  if (models.length > 0 && source === '-') {
    throw new UsageError('standard input can be read once, and each model reads the pairs: name a file');
  }
  for (const folder of sources.length > 1 ? sources : []) {
    if (await isEmbeddingDirectory(folder)) continue;
    throw new UsageError(
      `${folder}: is no folder that embed or study wrote; of a CSV name one, and several --model`,
    );
  }
  const given = models.length > 0 ? models : sources.map((folder) => resolve(folder));
  const twice = given.find((one, i) => given.indexOf(one) !== i);
  if (twice !== undefined) throw new SameModelError(twice, twice);
  const own = models.length > 0 ? models.map(modelName) : folderNames(given);
  const folders = new Set<string>();
  return modelNames(names, own).map((name, i) => {
    const folder = `${MODELS}/${folderOf(name, folders)}`;
    const one = { ...options, out: join(options.out, folder), ...(models[i] && { model: models[i] }) };
    return { name, folder, source: sources.length > 1 ? (sources[i] ?? '') : source, options: one };
  });
}

/** A folder's name for any system, which no other model has. */
function folderOf(name: string, taken: Set<string>): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'model';
  let folder = plain;
  for (let i = 2; taken.has(folder.toLowerCase()); i++) folder = `${plain}-${i}`;
  taken.add(folder.toLowerCase());
  return folder;
}

/** @throws {OutputExistsError} where another study is, unless `--force` is given @throws {OutputWriteError} */
export async function expectFolders(
  { sources }: ComparisonInput,
  parts: readonly ComparisonPart[],
  { out, force }: StudyOptions,
): Promise<void> {
  await expectWritable(out, COMPARISON_FILES);
  await expectWritable(join(out, FIGURES), []);
  const file = join(out, 'study.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const earlier = text === undefined ? undefined : sourcesOf(text);
  const isOwn =
    earlier?.map((name) => basename(name)).join() === sources.map((name) => basename(name)).join();
  if (!force && text !== undefined && !isOwn) {
    throw new OutputExistsError(file, `is not of several models of ${sources.join(', ')}`);
  }
  for (const { source, options } of parts) {
    await expectWritable(options.out, STUDY_FILES);
    await expectOwnFolder(source, options);
  }
}

function sourcesOf(study: string): string[] | undefined {
  try {
    const { sources } = JSON.parse(study) as { sources?: unknown };
    return Array.isArray(sources) ? sources.map(String) : undefined;
  } catch {
    return undefined;
  }
}
