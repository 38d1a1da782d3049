import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { type CompareGapsOptions, compareGaps, type GapComparison } from '../../metrics/gap/compare.ts';
import { expectComparable } from '../cli/compared-manifests.ts';
import { comparisonText } from '../cli/comparison-text.ts';
import { folderNames, modelNames } from '../cli/model-names.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { OutputExistsError, SameModelError, UsageError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import { cautionOfRows, modelName, provenanceOf, shortPath } from '../provenance.ts';
import { inputsOf } from '../rows-provenance.ts';
import { expectWritable } from '../staged-files.ts';
import { loadResvg } from '../svg-to-png.ts';
import { type ComparedStudies, comparedStudiesJson, type NamedStudy } from './compared-studies.ts';
import { type EmbeddingSet, isEmbeddingDirectory } from './embedding-set.ts';
import { FIGURES } from './figure-files.ts';
import { studyFigures } from './figures.ts';
import { aloneIn } from './folder-lock.ts';
import { DRAWS, measure } from './measure.ts';
import { pairEmbeddings } from './pair-embeddings.ts';
import { expectOwnFolder, studyProvenance } from './run-study.ts';
import type { StudyOptions } from './study-options.ts';
import { COMPARISON_FILES, writeComparison } from './write-comparison.ts';
import { STUDY_FILES, writeStudy } from './write-study.ts';

/** Several embedded folders, or several models for the pairs of one source. */
export interface ComparisonInput {
  readonly sources: readonly string[];
  readonly models: readonly string[];
  readonly names?: readonly string[];
}

/** One model's part: its study, in a folder of its own. */
interface Part {
  readonly name: string;
  readonly source: string;
  readonly folder: string;
  readonly options: StudyOptions;
}

/** The folder of the models' own studies, in the comparison's. */
const MODELS = 'models';

/** Embeds the pairs with one model after the other where they are not yet, studies each, and compares them in one report. */
export async function runComparison(
  input: ComparisonInput,
  options: StudyOptions,
  session: Session,
): Promise<void> {
  const output = new Output(session.io, options);
  try {
    await loadResvg(); // before minutes of work, after which a missing package would leave half a report
    const parts = await partsOf(input, options);
    await aloneIn(options.out, () => compareStudies(input, parts, options, session, output));
  } finally {
    output.progress.end();
  }
}

async function compareStudies(
  input: ComparisonInput,
  parts: readonly Part[],
  options: StudyOptions,
  session: Session,
  output: Output,
): Promise<void> {
  const warn = (message: string) => output.warn(message);
  await expectFolders(input, parts, options);
  const sets: EmbeddingSet[] = [];
  for (const { source, options: own } of parts) {
    sets.push(await pairEmbeddings(source, own, session, output));
  }
  expectComparable(
    parts.map(({ name }, i) => ({ name, manifest: sets[i]?.manifest })),
    warn,
  );
  const { comparison, studies } = await withGpu(options, async (gpu) => {
    const compared = await compareSets(gpu, parts, sets, options, session, output);
    return {
      comparison: compared,
      studies: await studiesOf(gpu, parts, sets, compared, options, session, output),
    };
  });
  throwIfAborted(session.signal);
  output.progress.update('drawing', 0, 1);
  for (const [i, { study }] of studies.entries()) await writeStudy(parts[i]?.options.out ?? '', study, warn);
  const sources = input.sources.map(shortPath);
  const compared = { sources, provenance: provenanceOfAll(session, options, studies), studies, comparison };
  await writeComparison(options.out, compared);
  report(compared, options, output);
}

/** @throws {UsageError} @throws {SameModelError} */
async function partsOf({ sources, models, names }: ComparisonInput, options: StudyOptions): Promise<Part[]> {
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
async function expectFolders(
  { sources }: ComparisonInput,
  parts: readonly Part[],
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

function compareSets(
  gpu: Gpu,
  parts: readonly Part[],
  sets: readonly EmbeddingSet[],
  { seed }: StudyOptions,
  { signal }: Session,
  output: Output,
): Promise<GapComparison> {
  const models = sets.map(({ images, texts, manifest: { logitScale } }, i) => ({
    ...{ name: parts[i]?.name ?? '', images, texts },
    ...(logitScale !== undefined && { logitScale }),
  }));
  const onProgress: CompareGapsOptions['onProgress'] = ({ model, stage, done, total }) =>
    output.progress.update(`${model}, gap: ${stage}`, done, total);
  return compareGaps(gpu, models, { ...DRAWS, seed, signal, onProgress }, nodeHost);
}

/** Measures each model as its study alone would, but for the gap, where the comparison has that already. */
async function studiesOf(
  gpu: Gpu,
  parts: readonly Part[],
  sets: readonly EmbeddingSet[],
  comparison: GapComparison,
  { perplexity, maxIter, seed }: StudyOptions,
  session: Session,
  output: Output,
): Promise<NamedStudy[]> {
  const order = JSON.stringify(sets[0]?.images.ids);
  const isAlike =
    comparison.items === comparison.pairs && sets.every(({ images }) => JSON.stringify(images.ids) === order);
  const studies: NamedStudy[] = [];
  for (const [i, set] of sets.entries()) {
    const { name = '', folder = '', source = '', options } = parts[i] ?? {};
    const onProgress = (stage: string, done: number, total: number) =>
      output.progress.update(`${name}, ${stage}`, done, total);
    const gap = isAlike ? comparison.models[i]?.gap : undefined;
    const measures = await measure(gpu, set, {
      perplexity,
      maxIter,
      seed,
      signal: session.signal,
      onProgress,
      gap,
    });
    const provenance = studyProvenance(
      session,
      options ?? { seed, out: '', onError: 'fail' },
      set,
      gpu.info,
      undefined,
    );
    const study = { source: shortPath(source), provenance, set, measures };
    studies.push({ name, folder, study, figures: studyFigures(set, measures) });
  }
  return studies;
}

function provenanceOfAll(session: Session, { seed = 0 }: StudyOptions, studies: readonly NamedStudy[]) {
  const [first] = studies;
  const { adapter: device = '', driver: description = '' } = first?.study.provenance ?? {};
  return provenanceOf(session, {
    ...{ seed, gpu: { device, description } },
    models: studies.map(({ study: { set } }) => ({
      name: set.manifest.model,
      fingerprint: set.manifest.fingerprint,
    })),
    inputs: first ? inputsOf(first.study.set.manifest) : {},
  });
}

function report(compared: ComparedStudies, { out }: StudyOptions, output: Output): void {
  const file = join(out, 'report.html');
  const cautions = compared.studies.flatMap(({ name, study: { set } }) => {
    const caution = cautionOfRows(set.manifest);
    return caution ? [`${name}: ${caution}`] : [];
  });
  output.result(
    { out, report: file, ...comparedStudiesJson(compared) },
    [comparisonText(compared.comparison), ...cautions, `report  ${file}`].join('\n'),
  );
}
