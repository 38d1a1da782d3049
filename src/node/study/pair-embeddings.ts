import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkpointStamps, sameStamps } from '../checkpoint-identity.ts';
import { expectNoUrls } from '../cli/image-options.ts';
import { warnOfAlone } from '../cli/paired-rows.ts';
import type { Output, Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { withModel } from '../cli/with-model.ts';
import { OutputExistsError } from '../errors.ts';
import { rowFacts } from '../manifest.ts';
import { rowsProvenance } from '../rows-provenance.ts';
import { embedInParts } from './embed-in-parts.ts';
import {
  type EmbeddingSet,
  hasEmbeddings,
  isEmbeddingDirectory,
  readEmbeddingSet,
  writeEmbeddingSet,
} from './embedding-set.ts';
import { TooFewPairsError } from './errors.ts';
import { checkMapOptions, expectMeasurable } from './measure.ts';
import { readPairsOf } from './pairs.ts';
import { removeDone } from './parts.ts';
import { type Origin, reuse } from './reuse.ts';
import type { StudyOptions } from './study-options.ts';

/** Folder of the parts until all are embedded. */
const PARTS = 'embedding-parts';

/**
 * The embeddings of a source: those in the source itself, those in `out` if they are still valid, or new ones, which
 * are written to `out`.
 * @throws {TooFewPairsError} @throws {BiomedClipError} what reading, loading and embedding throw
 */
export async function pairEmbeddings(
  source: string,
  options: StudyOptions,
  session: Session,
  output: Output,
): Promise<EmbeddingSet> {
  const set = await embeddingsOf(source, options, session, output);
  expectPairs(source, set.pairs.length, set.manifest.skipped.length);
  return set;
}

function expectPairs(source: string, pairs: number, skipped: number): void {
  if (pairs < 2) throw new TooFewPairsError(source, pairs, skipped);
}

async function embeddingsOf(
  source: string,
  options: StudyOptions,
  session: Session,
  output: Output,
): Promise<EmbeddingSet> {
  if (await isEmbeddingDirectory(source)) {
    const set = await readEmbeddingSet(source);
    if (set.alone) warnOfAlone(output, set.alone);
    return set;
  }
  expectNoUrls([source], options);
  const { pairs, notes } = await readPairsOf(source, session, options);
  for (const note of notes) output.warn(note);
  expectNoUrls(
    pairs.map(({ path }) => path),
    options,
  );
  expectPairs(source, pairs.length, 0); // both before embedding
  checkMapOptions(2 * pairs.length, options);
  const model = options.model ?? (await session.defaultModel());
  const { config, imageSize, dtype, window } = options;
  const origin = { model, config, imageSize, dtype, window, pairs };
  return (await earlierEmbeddings(origin, options, session, output)) ?? embed(origin, options, session);
}

/**
 * The embeddings in `out`, if they are valid for `origin`; prints whether they are.
 * @throws {OutputExistsError} where others are there, and `--force` is not given
 */
async function earlierEmbeddings(
  origin: Origin,
  { out, onError, force = false }: StudyOptions,
  { signal }: Session,
  output: Output,
): Promise<EmbeddingSet | undefined> {
  if (!(await hasEmbeddings(out))) return undefined;
  const set = await readEmbeddingSet(out).catch(() => undefined); // no embeddings
  const file = join(out, 'images.npy');
  if (!set) {
    if (!force) throw new OutputExistsError(file, 'cannot be read as embeddings');
    return undefined;
  }
  const found = await reuse(set, origin, {
    onError,
    signal,
    onProgress: (done, total) => output.progress.update('comparing images', done, total),
  });
  if ('reason' in found) {
    if (!force) throw new OutputExistsError(file, `cannot be used again: ${found.reason}`);
    output.note(`embeddings: those in ${out} are not used again: ${found.reason}`);
    return undefined;
  }
  output.note(`embeddings: those in ${out} are of these pairs and this model, and are used again`);
  await removeDone(join(out, PARTS), { pairs: origin.pairs, manifest: found.manifest });
  return withLabels(out, found);
}

/** Labels and groups are no part of what was embedded: where the table has others by now, the manifest gets them. */
async function withLabels(out: string, set: EmbeddingSet): Promise<EmbeddingSet> {
  const { manifest, pairs } = set;
  const texts = manifest.texts.map(({ id, caption }, i) => {
    return { id, caption, ...rowFacts(pairs[i] ?? {}) };
  });
  if (isDeepStrictEqual(texts, manifest.texts)) return set;
  const labelled = { ...set, manifest: { ...manifest, texts } };
  await writeEmbeddingSet(out, labelled);
  return labelled;
}

async function embed(origin: Origin, options: StudyOptions, session: Session): Promise<EmbeddingSet> {
  const stamps = await checkpointStamps(origin);
  return withModel(options, session, async (model, output) => {
    const size = { rows: origin.pairs.length, dim: model.info.embedDim };
    await withGpu(options, async (gpu) => expectMeasurable(gpu, size, options)); // before hours of embedding
    const folder = join(options.out, PARTS);
    const loaded = sameStamps(stamps, await checkpointStamps(origin)) ? stamps : undefined;
    const embedded = await embedInParts(folder, model, origin, {
      onWarning: ({ message }) => output.warn(message),
      batchSize: options.batchSize,
      onError: options.onError,
      force: options.force,
      signal: session.signal,
      onProgress: (done, total) => output.progress.update('embedding pairs', done, total),
      onResume: (pairs) =>
        output.note(`embeddings: ${pairs} of ${origin.pairs.length} pairs are there already`),
    });
    const provenance = rowsProvenance(session, model.info, embedded.manifest);
    const set = { ...embedded, manifest: { provenance, ...embedded.manifest } };
    for (const { error } of set.manifest.skipped) output.warn(`skipped: ${error}`);
    await writeEmbeddingSet(options.out, { ...set, manifest: { ...set.manifest, stamps: loaded } });
    await rm(folder, { recursive: true, force: true });
    return set;
  });
}
