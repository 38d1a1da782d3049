import { join } from 'node:path';
import { throwIfAborted } from '../../errors.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { UNTRAINED } from '../cli/with-model.ts';
import { type ClosingFile, readClosingFile } from '../closing-file.ts';
import { expectWritable } from '../staged-files.ts';
import { expectClosable, studyClosing } from './closing.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { type Measures, measure } from './measure.ts';
import { pairEmbeddings } from './pair-embeddings.ts';
import { answerQuestions } from './questions.ts';
import type { StudyOptions } from './study-options.ts';
import { FIGURES, STUDY_FILES, studyJson, writeStudy } from './write-study.ts';

/** Embeds what is not embedded yet, measures, draws, and writes the report. */
export async function runStudy(source: string, options: StudyOptions, session: Session): Promise<void> {
  const output = new Output(session.io, options);
  try {
    await expectWritable(options.out, STUDY_FILES);
    await expectWritable(join(options.out, FIGURES), []);
    const closing = await closingOf(options.closing);
    const set = await pairEmbeddings(source, options, session, output);
    if (closing) expectClosable(set, closing, source, (message) => output.warn(message));
    const measures = await measureOnGpu(set, closing, options, session, output);
    throwIfAborted(session.signal);
    output.progress.update('drawing', 0, 1);
    await writeStudy(options.out, source, set, measures);
    report(source, set, measures, options, output);
  } finally {
    output.progress.end();
  }
}

function closingOf(given: string | undefined): Promise<ClosingFile> | 'auto' | undefined {
  return given === undefined || given === 'auto' ? given : readClosingFile(given);
}

function measureOnGpu(
  set: EmbeddingSet,
  closing: ClosingFile | 'auto' | undefined,
  { adapter, perplexity, maxIter, seed }: StudyOptions,
  { signal }: Session,
  output: Output,
): Promise<Measures> {
  const onProgress = (stage: string, done: number, total: number) =>
    output.progress.update(stage, done, total);
  const settings = { perplexity, maxIter, seed, signal, onProgress };
  return withGpu({ adapter }, async (gpu) => {
    const measures = await measure(gpu, set, settings);
    if (!closing) return measures;
    return { ...measures, closing: await studyClosing(gpu, set, closing, settings) };
  });
}

function report(
  source: string,
  set: EmbeddingSet,
  measures: Measures,
  { out }: StudyOptions,
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
