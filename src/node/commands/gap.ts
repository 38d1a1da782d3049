import { type Command, Option } from 'commander';
import { closeBoth } from '../../closing/affine-map.ts';
import { modalityGap } from '../../metrics/gap/modality-gap.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import type { GapOptions, GapReport } from '../../metrics/gap/report.ts';
import { gapCsv } from '../../metrics/gap/table.ts';
import { methodText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { gapText } from '../cli/gap-text.ts';
import { nameList } from '../cli/model-names.ts';
import { integer, naturalNumber, positiveNumber } from '../cli/number-options.ts';
import { addOutOption, type ForceOption, type FormatOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { namedClosing } from '../cli/with-model.ts';
import { closingEntry } from '../closing-file.ts';
import { UsageError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import { modelOfRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { compareCommand } from './gap-compare.ts';
import { type GapFiles, gapFiles, pairedVectors, readInputs } from './gap-inputs.ts';
import { addShardedOptions, expectShardedOptions, gapShards } from './gap-shards.ts';
import { checkTable, TABLE_FORMATS, type TableTarget, writeTable } from './table-file.ts';

export interface GapCommandOptions extends GpuOptions, ForceOption, FormatOption {
  readonly pairBy?: PairBy;
  readonly logitScale?: number;
  readonly resamples: number;
  readonly permutations: number;
  readonly seed: number;
  readonly closing?: string;
  readonly names?: readonly string[];
  readonly out?: string;
  readonly shards?: string;
  readonly retrieval: boolean;
  readonly partial?: boolean;
}

export function registerGap(program: Command, session: Session): void {
  const command = program
    .command('gap')
    .summary('measure the modality gap')
    .description(
      'Measure the gap between images and texts, paired by the ids of the manifest beside them: distances, retrieval, ' +
        'separability and more, each with a bootstrap interval, and beside it what random pairs would give.',
    )
    .argument(
      '[sources...]',
      'images and texts, vectors, one a row (.npy, .npz, .safetensors, .parquet; file#name of several), or a folder or file with both; of several models one after the other; - for standard input',
    )
    .addOption(
      new Option(
        '--pair-by <what>',
        'how to tell which rows belong together (default: by ids, where there are any)',
      ).choices(['ids', 'rows']),
    )
    .option(
      '--logit-scale <x>',
      'the model’s exp(logit_scale), for the entropy of its logits',
      positiveNumber,
    )
    .option('--resamples <n>', 'bootstrap resamples', naturalNumber, 1000)
    .option('--permutations <n>', 'random pairings', naturalNumber, 1000)
    .option('--seed <n>', 'of both', integer, 0)
    .option('--names <a,b>', 'of several models (default: the names of their folders)', nameList)
    .option('--closing <file>', 'closes the gap first, by what close-gap fit wrote; - for stdin');
  addShardedOptions(command);
  addExamples(command, [
    ['gap images.npy texts.npy', 'the statistics, with intervals'],
    ['gap out-a out-b', 'two models over the same pairs: both gaps, and their differences'],
    ['gap images.npy texts.npy -o gap.csv --resamples 200 --json', 'into a table too, and as JSON'],
    ['gap --shards results', 'the values of all shards of a plan, a few in memory at a time'],
  ]);
  addOutOption(
    command,
    '<file>',
    'file to write: the statistics as .csv, or the gap vector as .npy; - for standard output',
    {
      optional: true,
      stdout: TABLE_FORMATS,
    },
  );
  addGpuOptions(command).action(async (sources: string[], options: GapCommandOptions) => {
    if (options.shards !== undefined) {
      expectShardedOptions(command, sources);
      return gapShards(options.shards, options, session);
    }
    expectNotGiven(command, ['retrieval', 'partial'], 'is for --shards; leave it out');
    if (sources.length === 0) throw new UsageError('name images and texts, or what embed wrote');
    if (options.resamples === 0 && options.permutations === 0) {
      expectNotGiven(command, ['seed'], 'has no effect without resamples and permutations; leave it out');
    }
    const files = await gapFiles(sources);
    const [one] = files;
    if (files.length > 1) return compareCommand(command, files, options, session);
    expectNotGiven(command, ['names'], 'is for several models; leave it out');
    return one && gapCommand(one, options, session);
  });
}

/** Measures the modality gap of two .npy files. */
async function gapCommand(files: GapFiles, options: GapCommandOptions, session: Session): Promise<void> {
  const { io, signal } = session;
  const { pairBy, logitScale, resamples, permutations, seed, out } = options;
  const output = new Output(io, options);
  const target = out === undefined ? undefined : await checkTable(out, options, session);
  const closing = await namedClosing(options, session);
  const inputs = await readInputs(
    await inputOf(files.images, session),
    await inputOf(files.texts, session),
    closing,
  );
  const raw = pairedVectors(inputs, { pairBy, closing }, output);
  const onProgress: GapOptions['onProgress'] = ({ stage, done, total }) =>
    output.progress.update(stage === 'cosines' ? 'comparing rows' : 'resampling', done, total);
  const measured = { pairBy, logitScale, resamples, permutations, seed, signal, onProgress };
  try {
    await withGpu(options, async (gpu) => {
      const { images, texts } = closing ? await closeBoth(gpu, closing.maps, raw) : raw;
      const measure = () => modalityGap(gpu, images, texts, measured, nodeHost);
      const report = target === undefined ? await measure() : await measureInto(target, measure);
      const { gapVector, ...statistics } = report;
      output.result(
        {
          ...statistics,
          gapVector: [...gapVector],
          ...(closing && { closing: { file: closing.file, ...closingEntry(closing) } }),
          out: out ?? null,
          adapter: gpu.info.description,
          provenance: provenanceOf(session, {
            ...{ seed, gpu: gpu.info, inputs: inputs.digests },
            model: modelOfRows(inputs.images, inputs.texts),
          }),
        },
        [
          ...(closing ? [`closed by ${methodText(closing.report)}, ${closing.file}`] : []),
          gapText(report),
          ...(out === undefined ? [] : [`written: ${out}`]),
        ].join('\n'),
      );
    });
  } finally {
    output.progress.end();
  }
}

async function measureInto(target: TableTarget, measure: () => Promise<GapReport>): Promise<GapReport> {
  const { report } = await writeTable(target, async () => {
    const result = await measure();
    const array = { shape: [result.dim], data: Float32Array.from(result.gapVector) };
    return { report: result, array, lines: gapCsv(result) };
  });
  return report;
}
