import { type Command, Option } from 'commander';
import {
  INITS,
  METHODS,
  METRICS,
  NEIGHBORS,
  type TsneLearningRate,
  type TsneProgress,
} from '../../metrics/tsne/options.ts';
import { type TsneResult, tsne } from '../../metrics/tsne/tsne.ts';
import { addExamples } from '../cli/examples.ts';
import {
  integer,
  integerFrom,
  numberFrom,
  numberFromZero,
  numberWithin,
  positiveNumber,
} from '../cli/number-options.ts';
import { addOutOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, withGpu } from '../cli/with-gpu.ts';
import { UsageError } from '../errors.ts';
import { floatText } from '../float-text.ts';
import { fileDigests, modelOfRows, readNpyRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { checkTable, TABLE_FORMATS, type TableContent, writeTable } from './table-file.ts';
import { checkSettings, showProgress, type TsneCommandOptions } from './tsne-map.ts';
import { addShardedOptions, OF_SHARDS, type ShardedTsneOptions, tsneShards } from './tsne-shards.ts';

interface MaybeSharded extends ShardedTsneOptions {
  readonly shards?: string;
}

export function registerTsne(program: Command, session: Session): void {
  const command = program
    .command('tsne')
    .summary('draw vectors in the plane by t-SNE')
    .description(
      'Write where t-SNE puts every row of x in the plane. Options and defaults are scikit-learn’s TSNE.',
    )
    .argument('[x.npy]', `${VECTOR_FILES}; - for standard input`)
    .option(
      '--perplexity <p>',
      'about how many neighbours count; less than there are rows',
      positiveNumber,
      30,
    )
    .option('--angle <a>', 'Barnes-Hut’s trade of accuracy for speed', numberWithin(0, 1), 0.5)
    .option(
      '--early-exaggeration <e>',
      'attraction in the first 250 iterations (default: 12, or --exaggeration if more)',
      numberFrom(1),
    )
    .option('--exaggeration <e>', 'attraction in all others; above 1 as in openTSNE', numberFrom(1), 1)
    .option('--learning-rate <r>', 'a number, auto, or n/exaggeration as in openTSNE', rate, 'auto')
    .option('--max-iter <n>', 'iterations', integerFrom(250), 1000)
    .option(
      '--n-iter-without-progress <n>',
      'end after so many without a lower divergence',
      integerFrom(-1),
      300,
    )
    .option('--min-grad-norm <g>', 'end at a gradient of this norm', numberFromZero, 1e-7)
    .addOption(new Option('--init <name>', 'where points start').choices(INITS).default('pca'))
    .addOption(new Option('--metric <name>', 'distance of rows').choices(METRICS).default('euclidean'))
    .option(
      '--seed <n>',
      'seed of --init random, of approximate neighbours, and of the landmarks',
      integer,
      0,
    )
    .addOption(new Option('--method <name>', 'exact takes n^2 time').choices(METHODS).default('barnes_hut'))
    .addOption(
      new Option('--neighbors <how>', 'approximate measures its recall; auto: for many rows')
        .choices(NEIGHBORS)
        .default('auto'),
    );
  addExamples(command, [
    ['tsne images.npy -o map.npy --perplexity 20', 'a map of the images'],
    [
      'tsne images.npy -o map.csv --init random --seed 1 --force',
      'from another start, in place of what is there',
    ],
    ['tsne --shards results -o map.csv', 'a sample of all shards, and all other rows into its map'],
  ]);
  addOutOption(command, '<file>', 'file to write: .npy or .csv; - for standard output', {
    stdout: TABLE_FORMATS,
  });
  addShardedOptions(command);
  addGpuOptions(command).action((path: string | undefined, options: MaybeSharded) => {
    const { method, init, neighbors } = options;
    if (method === 'exact') {
      expectNotGiven(command, ['angle'], 'has no effect with --method exact; leave one of them out');
    }
    const { shards } = options;
    if (init !== 'random' && neighbors !== 'approximate' && shards === undefined) {
      expectNotGiven(
        command,
        ['seed'],
        `has no effect with --init ${init}; pass --init random, or leave it out`,
      );
    }
    if (shards !== undefined) {
      if (path !== undefined) throw new UsageError('--shards: its folder is mapped; name no file beside it');
      return tsneShards(shards, options, session);
    }
    expectNotGiven(command, OF_SHARDS, 'is for --shards; leave it out');
    if (path === undefined)
      throw new UsageError('nothing to map: name a file of vectors, or --shards and a folder');
    return tsneCommand(path, options, session);
  });
}

/** Maps the rows of a .npy file, and writes the map. */
async function tsneCommand(
  path: string,
  { out, format, ...options }: TsneCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const output = new Output(io, { ...options, out });
  const target = await checkTable(out, { ...options, format }, session);
  const file = await inputOf(path, session);
  const read = await readNpyRows(file);
  const { rows: x } = read;
  const inputs = await fileDigests({ x: file });
  checkSettings(x.rows, options);
  try {
    await withGpu(options, async (gpu) => {
      const start = performance.now();
      const onProgress = (progress: TsneProgress) => showProgress(output, progress);
      const { klDivergence, iterations, learningRate, neighbors } = await writeTable(target, async () => {
        const map = await tsne(gpu, x, { ...options, signal, onProgress });
        return { ...map, ...mapTable(map) };
      });
      const seconds = (performance.now() - start) / 1000;
      const { rows, dim } = x;
      output.result(
        {
          ...{ out, rows, dim, klDivergence, iterations, learningRate, neighbors },
          adapter: gpu.info.description,
          provenance: provenanceOf(session, {
            ...{ seed: options.seed, gpu: gpu.info, model: modelOfRows(read), inputs },
          }),
          seconds,
        },
        `${rows} points, ${iterations} iterations in ${seconds.toFixed(1)} s, ` +
          (neighbors.search === 'exact'
            ? ''
            : `${(100 * neighbors.recall).toFixed(1)} % of the neighbours, `) +
          `KL divergence ${klDivergence.toFixed(4)}: ${out}`,
      );
    });
  } finally {
    output.progress.end();
  }
}

function mapTable({ embedding, rows }: TsneResult): TableContent {
  function* lines() {
    yield 'x,y';
    for (let i = 0; i < 2 * rows; i += 2) {
      yield `${floatText(embedding[i] ?? Number.NaN)},${floatText(embedding[i + 1] ?? Number.NaN)}`;
    }
  }
  return { array: { shape: [rows, 2], data: embedding }, lines: lines() };
}

function rate(text: string): number | TsneLearningRate {
  return text === 'auto' || text === 'n/exaggeration' ? text : positiveNumber(text);
}
