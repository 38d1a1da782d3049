import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DeviceInfo } from '../../device/adapter.ts';
import { throwIfAborted } from '../../errors.ts';
import { aloneIn } from '../alone-in.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { namedClosing } from '../cli/with-model.ts';
import type { ClosingFile } from '../closing-file.ts';
import { EMBEDDING_FILES } from '../embedding-files.ts';
import { OutputExistsError } from '../errors.ts';
import { MANIFEST_FILE } from '../manifest.ts';
import { cautionOfRows, type Provenance, provenanceOf, shortPath } from '../provenance.ts';
import { inputsOf } from '../rows-provenance.ts';
import { expectWritable, firstExisting } from '../staged-files.ts';
import { loadResvg } from '../svg-to-png.ts';
import { expectClosable, studyClosing } from './closing.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { FIGURES } from './figure-files.ts';
import { type Measures, measure } from './measure.ts';
import { pairEmbeddings } from './pair-embeddings.ts';
import { answerQuestions } from './questions.ts';
import type { StudyOptions } from './study-options.ts';
import { STUDY_FILES, type Study, studyJson, writeStudy } from './write-study.ts';

/** Embeds what is not embedded yet, measures, draws, and writes the report. */
export async function runStudy(source: string, options: StudyOptions, session: Session): Promise<void> {
  const output = new Output(session.io, options);
  try {
    await loadResvg(); // before minutes of work, after which a missing package would leave half a report
    await expectWritable(options.out, STUDY_FILES);
    await expectWritable(join(options.out, FIGURES), []);
    await aloneIn(options.out, () => study(source, options, session, output));
  } finally {
    output.progress.end();
  }
}

async function study(source: string, options: StudyOptions, session: Session, output: Output): Promise<void> {
  await expectOwnFolder(source, options);
  const closing = await closingOf(options, session);
  const set = await pairEmbeddings(source, options, session, output);
  if (closing) expectClosable(set, closing, source, (message) => output.warn(message));
  const { measures, gpu } = await measureOnGpu(set, closing, options, session, output);
  const provenance = studyProvenance(session, options, set, gpu, closing);
  throwIfAborted(session.signal);
  output.progress.update('drawing', 0, 1);
  const measured = { source: shortPath(source), provenance, set, measures };
  await writeStudy(options.out, measured, (message) => output.warn(message));
  report(measured, options, output);
}

/**
 * A study goes on in its own folder. Another's is kept unless `--force` is given; embeddings are looked at where they are
 * read. @throws {OutputExistsError}
 */
export async function expectOwnFolder(source: string, { out, force }: StudyOptions): Promise<void> {
  const file = join(out, 'study.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (force) return;
  const withManifest = await firstExisting(out, [MANIFEST_FILE]);
  const existing = await firstExisting(out, [
    ...(text === undefined ? ['report.html'] : []),
    ...(withManifest === undefined ? EMBEDDING_FILES : []),
  ]);
  if (existing !== undefined) throw new OutputExistsError(existing);
  if (text === undefined) return;
  const earlier = sourceOf(text);
  if (earlier === undefined || basename(earlier) !== basename(source)) {
    throw new OutputExistsError(file, `is of ${earlier ?? 'no study that can be read'}, not of ${source}`);
  }
}

function sourceOf(study: string): string | undefined {
  try {
    const { source } = JSON.parse(study) as { source?: unknown };
    return typeof source === 'string' ? source : undefined;
  } catch {
    return undefined;
  }
}

async function closingOf(
  { closing }: StudyOptions,
  session: Session,
): Promise<ClosingFile | 'auto' | undefined> {
  return closing === 'auto' ? closing : namedClosing({ closing }, session);
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
export function studyProvenance(
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
  const caution = cautionOfRows(set.manifest);
  output.result(
    { out, report: file, ...studyJson(study) },
    [...lines, ...(caution === undefined ? [] : [caution]), `report  ${file}`].join('\n'),
  );
}
