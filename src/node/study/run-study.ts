import { join } from 'node:path';
import type { DeviceInfo } from '../../device/adapter.ts';
import { throwIfAborted } from '../../errors.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { UNTRAINED } from '../cli/with-model.ts';
import { type ClosingFile, readClosingFile } from '../closing-file.ts';
import { type Provenance, provenanceOf, shortPath } from '../provenance.ts';
import { inputsOf } from '../rows-provenance.ts';
import { expectWritable } from '../staged-files.ts';
import { expectClosable, studyClosing } from './closing.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { type Measures, measure } from './measure.ts';
import { pairEmbeddings } from './pair-embeddings.ts';
import { answerQuestions } from './questions.ts';
import type { StudyOptions } from './study-options.ts';
import { FIGURES, STUDY_FILES, type Study, studyJson, writeStudy } from './write-study.ts';

/** Embeds what is not embedded yet, measures, draws, and writes the report. */
export async function runStudy(source: string, options: StudyOptions, session: Session): Promise<void> {
  const output = new Output(session.io, options);
  try {
    await expectWritable(options.out, STUDY_FILES);
    await expectWritable(join(options.out, FIGURES), []);
    const closing = await closingOf(options.closing);
    const set = await pairEmbeddings(source, options, session, output);
    if (closing) expectClosable(set, closing, source, (message) => output.warn(message));
    const { measures, gpu } = await measureOnGpu(set, closing, options, session, output);
    const provenance = studyProvenance(session, options, set, gpu, closing);
    throwIfAborted(session.signal);
    output.progress.update('drawing', 0, 1);
    const study = { source: shortPath(source), provenance, set, measures };
    await writeStudy(options.out, study);
    report(study, options, output);
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
): Promise<{ measures: Measures; gpu: DeviceInfo }> {
  const onProgress = (stage: string, done: number, total: number) =>
    output.progress.update(stage, done, total);
  const settings = { perplexity, maxIter, seed, signal, onProgress };
  return withGpu({ adapter }, async (gpu) => {
    const measures = await measure(gpu, set, settings);
    const closed = closing && (await studyClosing(gpu, set, closing, settings));
    return { measures: { ...measures, ...(closed && { closing: closed }) }, gpu: gpu.info };
  });
}

/** Of the measures; that of the embeddings is in their manifest. */
function studyProvenance(
  session: Session,
  { seed = 0 }: StudyOptions,
  { manifest }: EmbeddingSet,
  gpu: DeviceInfo,
  closing: ClosingFile | 'auto' | undefined,
): Provenance {
  const { model, fingerprint } = manifest;
  const inputs = {
    ...inputsOf(manifest),
    ...(closing && closing !== 'auto' ? { closing: closing.sha256 } : {}),
  };
  return provenanceOf(session, { seed, gpu, model: { name: model, fingerprint }, inputs });
}

function report(study: Study, { out }: StudyOptions, output: Output): void {
  const { set, measures } = study;
  const file = join(out, 'report.html');
  const lines = answerQuestions(measures).flatMap(({ question, verdict, text }) => [
    question,
    `  ${verdict}. ${text}`,
  ]);
  output.result(
    { out, report: file, ...studyJson(study) },
    [...lines, ...(set.manifest.untrained ? [UNTRAINED] : []), `report  ${file}`].join('\n'),
  );
}
