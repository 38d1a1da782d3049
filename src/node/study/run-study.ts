import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../errors.ts';
import type { StudyCommandOptions } from '../commands/study.ts';
import { withGpu } from '../commands/with-gpu.ts';
import { UNTRAINED, withModel } from '../commands/with-model.ts';
import { warnOfAlone } from '../paired-rows.ts';
import { Output, type Session } from '../session.ts';
import { embedInParts } from './embed-in-parts.ts';
import {
  type EmbeddingSet,
  embeddedAt,
  originOf,
  readEmbeddingSet,
  writeEmbeddingSet,
} from './embedding-set.ts';
import { TooFewPairsError } from './errors.ts';
import { checkMapOptions, expectMeasurable, type Measures, measure } from './measure.ts';
import { readPairsOf } from './pairs.ts';
import { answerQuestions } from './questions.ts';
import { changedSince, type Origin, sameOrigin } from './reuse.ts';
import { studyJson, writeStudy } from './write-study.ts';

/** Where parts of the embeddings are kept until all are there. */
const PARTS = 'embedding-parts';

/** Embeds what is not embedded yet, measures, draws, and writes the report. */
export async function runStudy(
  source: string,
  options: StudyCommandOptions,
  session: Session,
): Promise<void> {
  const output = new Output(session.io, options);
  try {
    const set = await embeddingsOf(source, options, session, output);
    expectPairs(source, set.pairs.length, set.manifest.skipped.length);
    const measures = await measureOnGpu(set, options, session, output);
    throwIfAborted(session.signal);
    output.progress.update('drawing', 0, 1);
    await writeStudy(options.out, source, set, measures);
    report(source, set, measures, options, output);
  } finally {
    output.progress.end();
  }
}

function expectPairs(source: string, pairs: number, skipped: number): void {
  if (pairs < 2) throw new TooFewPairsError(source, pairs, skipped);
}

async function embeddingsOf(
  source: string,
  options: StudyCommandOptions,
  session: Session,
  output: Output,
): Promise<EmbeddingSet> {
  if (await isEmbeddingDirectory(source)) {
    const set = await readEmbeddingSet(source);
    if (set.alone) warnOfAlone(output, set.alone);
    return set;
  }
  const pairs = await readPairsOf(source, options.first);
  expectPairs(source, pairs.length, 0); // both before the long part
  checkMapOptions(2 * pairs.length, options);
  const model = options.model ?? (await session.defaultModel());
  const origin = { model, dtype: options.dtype ?? 'f32', pairs };
  const earlier = await earlierEmbeddings(options, origin);
  if (earlier) {
    output.note(`embeddings: those in ${options.out} are of these pairs and this model, and are used again`);
    return earlier;
  }
  return embed(origin, options, session);
}

async function isEmbeddingDirectory(source: string): Promise<boolean> {
  const info = await stat(source).catch(() => undefined);
  return info?.isDirectory() === true && (await embeddedAt(source)) !== undefined;
}

/** The embeddings in `out`, if they are of the same pairs, model and files. */
async function earlierEmbeddings(
  { out, onError }: StudyCommandOptions,
  origin: Origin,
): Promise<EmbeddingSet | undefined> {
  const written = await embeddedAt(out);
  if (written === undefined) return undefined;
  const set = await readEmbeddingSet(out).catch(() => undefined); // something else, which is written over
  if (!set) return undefined;
  const skipped = new Set(onError === 'skip' ? set.manifest.skipped.map(({ id }) => id) : []);
  const pairs = origin.pairs.filter(({ id }) => !skipped.has(id));
  const wanted = { ...origin, pairs };
  if (!sameOrigin(originOf(set), wanted) || (await changedSince(wanted, written))) return undefined;
  return { ...set, pairs }; // with their labels, which a manifest does not know
}

function embed(origin: Origin, options: StudyCommandOptions, session: Session): Promise<EmbeddingSet> {
  return withModel(options, session, async (model, output) => {
    const size = { rows: origin.pairs.length, dim: model.info.embedDim };
    await withGpu(options, async (gpu) => expectMeasurable(gpu, size, options)); // hours before it is measured
    const folder = join(options.out, PARTS);
    const set = await embedInParts(folder, model, origin, {
      batchSize: options.batchSize,
      onError: options.onError,
      signal: session.signal,
      onProgress: (done, total) => output.progress.update('embedding pairs', done, total),
      onResume: (pairs) =>
        output.note(`embeddings: ${pairs} of ${origin.pairs.length} pairs are there already`),
    });
    for (const { error } of set.manifest.skipped) output.warn(`skipped: ${error}`);
    await writeEmbeddingSet(options.out, set);
    await rm(folder, { recursive: true, force: true });
    return set;
  });
}

function measureOnGpu(
  set: EmbeddingSet,
  { adapter, perplexity, maxIter, seed }: StudyCommandOptions,
  { signal }: Session,
  output: Output,
): Promise<Measures> {
  return withGpu({ adapter }, (gpu) =>
    measure(gpu, set, {
      ...{ perplexity, maxIter, seed, signal },
      onProgress: (stage, done, total) => output.progress.update(stage, done, total),
    }),
  );
}

function report(
  source: string,
  set: EmbeddingSet,
  measures: Measures,
  { out }: StudyCommandOptions,
  output: Output,
): void {
  const file = join(out, 'report.html');
  const lines = answerQuestions(measures).flatMap(({ question, verdict, text }) => [
    question,
    `  ${verdict}. ${text}`,
  ]);
  output.result(
    { out, report: file, ...studyJson(source, set, measures) },
    [...lines, ...(set.manifest.untrained ? [UNTRAINED] : []), `report  ${file}`].join('\n'),
  );
}
