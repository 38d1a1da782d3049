import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CompareGapsOptions, compareGaps, type GapComparison } from '../../metrics/gap/compare.ts';
import type { ComparedModel } from '../../metrics/gap/compared-pairs.ts';
import { expectComparable } from '../cli/compared-manifests.ts';
import { comparisonCsv, comparisonJson, comparisonText } from '../cli/comparison-text.ts';
import { folderNames, modelNames } from '../cli/model-names.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { SameModelError, UsageError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import { modelOfRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import type { GapCommandOptions } from './gap.ts';
import { type GapFiles, type GapInputs, pairedVectors, readInputs } from './gap-inputs.ts';
import { checkTable, type TableTarget, writeTable } from './table-file.ts';

interface NamedInputs {
  readonly name: string;
  readonly inputs: GapInputs;
}

/** Measures the modality gaps of several models' .npy files, and their differences. */
export async function compareCommand(
  command: Command,
  files: readonly GapFiles[],
  options: GapCommandOptions,
  session: Session,
): Promise<void> {
  expectNotGiven(command, ['logitScale'], 'is of one model; of several it is read from their manifests');
  expectNotGiven(command, ['closing'], 'is for one model; compare what close-gap apply writes for each');
  const output = new Output(session.io, options);
  const { pairBy, resamples, permutations, seed, out } = options;
  const target = out === undefined ? undefined : await checkTable(out, options, session);
  if (target?.format === 'npy') {
    throw new UsageError(
      `--out ${out}: several models have no one gap vector; write their statistics as .csv`,
    );
  }
  const named = await readNamed(files, options, session);
  expectComparable(manifestsOf(named), (message) => output.warn(message));
  const models = named.map((model) => comparedModel(model, options, output));
  const onProgress: CompareGapsOptions['onProgress'] = ({ model, stage, done, total }) =>
    output.progress.update(`${model}: ${stage}`, done, total);
  const settings = { pairBy, resamples, permutations, seed, signal: session.signal, onProgress };
  try {
    await withGpu(options, async (gpu) => {
      const measure = () => compareGaps(gpu, models, settings, nodeHost);
      const comparison = target === undefined ? await measure() : await measureInto(target, measure);
      const provenance = provenanceOf(session, {
        ...{ seed, gpu: gpu.info, inputs: digestsOf(named) },
        models: named.map(({ name, inputs }) => modelOfRows(inputs.images, inputs.texts) ?? { name }),
      });
      output.result(
        { ...comparisonJson(comparison), out: out ?? null, adapter: gpu.info.description, provenance },
        [comparisonText(comparison), ...(out === undefined ? [] : [`written: ${out}`])].join('\n'),
      );
    });
  } finally {
    output.progress.end();
  }
}

/** Into a CSV: several models have no one gap vector. */
async function measureInto(
  target: TableTarget,
  measure: () => Promise<GapComparison>,
): Promise<GapComparison> {
  const { comparison } = await writeTable(target, async () => {
    const compared = await measure();
    const array = { shape: [0], data: new Float32Array() };
    return { comparison: compared, array, lines: comparisonCsv(compared) };
  });
  return comparison;
}

/** @throws {UsageError} for another number of names, or names that are not different */
async function readNamed(
  files: readonly GapFiles[],
  { names }: GapCommandOptions,
  session: Session,
): Promise<NamedInputs[]> {
  const paths = files.map(({ images }) => images);
  const repeated = paths.find((path, i) => paths.indexOf(path) !== i);
  if (repeated !== undefined) throw new SameModelError(repeated, repeated);
  const given = modelNames(names, folderNames(files.map(({ images }) => dirname(resolve(images)))));
  const read: NamedInputs[] = [];
  for (const [i, { images, texts }] of files.entries()) {
    const inputs = await readInputs(await inputOf(images, session), await inputOf(texts, session), undefined);
    const twice = read.find(({ inputs: { digests } }) => digests.images === inputs.digests.images);
    if (twice) throw new SameModelError(twice.name, given[i] ?? '');
    read.push({ name: given[i] ?? '', inputs });
  }
  return read;
}

function manifestsOf(named: readonly NamedInputs[]) {
  return named.map(({ name, inputs: { images, texts } }) => ({
    name,
    manifest: images.origin?.manifest ?? texts.origin?.manifest,
  }));
}

function comparedModel(
  { name, inputs }: NamedInputs,
  { pairBy }: GapCommandOptions,
  output: Output,
): ComparedModel {
  const logitScale = inputs.images.origin?.manifest.logitScale;
  const rows = pairedVectors(inputs, { pairBy, closing: undefined }, output);
  return { name, ...rows, ...(logitScale === undefined ? {} : { logitScale }) };
}

function digestsOf(named: readonly NamedInputs[]): Record<string, string> {
  const entries = named.flatMap(({ name, inputs }) =>
    Object.entries(inputs.digests).map(([what, digest]) => [`${name} ${what}`, digest]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
