import { join } from 'node:path';
import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { type CompareGapsOptions, compareGaps, type GapComparison } from '../../metrics/gap/compare.ts';
import { aloneIn } from '../alone-in.ts';
import { expectComparable } from '../cli/compared-manifests.ts';
import { comparisonText } from '../cli/comparison-text.ts';
import { Output, type Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { nodeHost } from '../host.ts';
import { cautionOfRows, provenanceOf, shortPath } from '../provenance.ts';
import { inputsOf } from '../rows-provenance.ts';
import { loadResvg } from '../svg-to-png.ts';
import { type ComparedStudies, comparedStudiesJson, type NamedStudy } from './compared-studies.ts';
import { type ComparisonInput, type ComparisonPart, expectFolders, partsOf } from './comparison-parts.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { studyFigures } from './figures.ts';
import { DRAWS, measure } from './measure.ts';
import { pairEmbeddings } from './pair-embeddings.ts';
import { studyProvenance } from './run-study.ts';
import type { StudyOptions } from './study-options.ts';
import { writeComparison } from './write-comparison.ts';
import { writeStudy } from './write-study.ts';

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
  parts: readonly ComparisonPart[],
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

function compareSets(
  gpu: Gpu,
  parts: readonly ComparisonPart[],
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
  parts: readonly ComparisonPart[],
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
    const part = parts[i];
    if (!part) continue;
    const { name, folder, source, options } = part;
    const onProgress = (stage: string, done: number, total: number) =>
      output.progress.update(`${name}, ${stage}`, done, total);
    const settings = { perplexity, maxIter, seed, signal: session.signal, onProgress };
    const gap = isAlike ? comparison.models[i]?.gap : undefined;
    const measures = await measure(gpu, set, { ...settings, gap });
    const provenance = studyProvenance(session, options, set, gpu.info, undefined);
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
