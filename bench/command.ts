import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { Dtype } from '../src/api.ts';
import { throwIfAborted } from '../src/errors.ts';
import { addAdapterOptions } from '../src/node/cli/adapter-options.ts';
import { addExamples } from '../src/node/cli/examples.ts';
import {
  integerFrom,
  listOf,
  naturalNumber,
  positiveInteger,
  positiveNumber,
} from '../src/node/cli/number-options.ts';
import { addOutOption, checkOutputFile, type ForceOption, overwriting } from '../src/node/cli/out-option.ts';
import { Output, type OutputOptions, type Session } from '../src/node/cli/session.ts';
import { expectNotGiven } from '../src/node/cli/unused-options.ts';
import { addOutputOptions, DTYPES } from '../src/node/cli/with-model.ts';
import { writeLocalFile } from '../src/node/files.ts';
import { BUILT_ENTRY, EXAMPLES } from '../src/node/package-files.ts';
import type { WriteOptions } from '../src/node/staged-files.ts';

interface BenchOptions extends OutputOptions, ForceOption {
  readonly adapter?: string;
  readonly out?: string;
}

interface TowersCommandOptions extends BenchOptions {
  readonly model?: string;
  readonly rounds: number;
  readonly images: number;
  readonly texts: number;
  readonly imagesOnly?: boolean;
  readonly ortWebgpu: boolean;
}

interface RooflineCommandOptions extends BenchOptions {
  readonly model?: string;
  readonly images: number;
  readonly rounds: number;
}

interface KernelCommandOptions extends BenchOptions {
  readonly dtype: Dtype;
  readonly rounds: number;
}

interface MetricsCommandOptions extends BenchOptions {
  readonly sizes?: readonly number[];
  readonly large?: boolean;
  readonly rounds: number;
  readonly queries?: number;
  readonly largestPeer: number;
  readonly ortWebgpu?: boolean;
  readonly largestOrtWebgpu: number;
}

interface TsneCommandOptions extends BenchOptions {
  readonly sizes?: readonly number[];
  readonly large?: boolean;
  readonly seeds: number;
  readonly largestPeer: number;
  readonly largestExact: number;
  readonly iterations: number;
}

interface ClosingCommandOptions extends BenchOptions {
  readonly dims?: readonly number[];
  readonly pairs: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
}

interface ChildCommandOptions extends BenchOptions {
  readonly model?: string;
  readonly rounds: number;
}

interface PipelineCommandOptions extends ChildCommandOptions {
  readonly images?: string;
}

interface GpuCommandOptions extends BenchOptions {
  readonly model?: string;
  readonly minutes: number;
  readonly short?: boolean;
}

interface DataCommandOptions extends BenchOptions {
  readonly images: number;
  readonly rounds: number;
  readonly decodedOnly?: boolean;
}

export function registerBench(program: Command, session: Session): void {
  const bench = program.command('bench').summary('measure against others').description('Benchmarks.');
  addExamples(bench, [['bench pipeline', 'the parts of embedding, each alone and all together']]);
  addExamples(addBenchOptions(bench.command('gpu')), [
    ['bench gpu -o gpu.json', 'all of it, within eight minutes'],
    ['bench gpu --short', 'whether it will run there, tried on a software adapter'],
  ])
    .description(
      'What is worth knowing of a GPU that is there for minutes: parity, rates beside ONNX Runtime and PyTorch, kernels beside the peaks, similarity, t-SNE, decoding; with the bars to reach.',
    )
    .option(
      '-m, --model <dir>',
      'checkpoint directory (default: a seeded one of full size, made on first use)',
    )
    .option('--minutes <n>', 'for all of it; what no longer fits is skipped', positiveNumber, 8)
    .option('--short', 'small batches and sizes on the embedded model; a software adapter is taken for a GPU')
    .action((options: GpuCommandOptions) => gpuCommand(options, session));
  addExamples(addBenchOptions(bench.command('towers')), [
    ['bench towers --images-only --rounds 3 -o towers.json', 'images alone, with the JSON kept'],
  ])
    .description(
      'Images and texts a second beside ONNX Runtime on the same adapter, in turn, parity checked.',
    )
    .option(
      '-m, --model <dir>',
      'checkpoint directory (default: a seeded one of full size, made on first use)',
    )
    .option('--rounds <n>', 'timed runs of each peer', positiveInteger, 5)
    .option('--images <n>', 'images a run', positiveInteger, 1)
    .option('--texts <n>', 'texts a run', positiveInteger, 8)
    .option('--images-only', 'leave the texts out')
    .option('--no-ort-webgpu', 'leave ONNX Runtime’s WebGPU provider out')
    .action((options: TowersCommandOptions, command: Command) => {
      if (options.imagesOnly) {
        expectNotGiven(command, ['texts'], 'has no effect with --images-only; leave one of them out');
      }
      return towersCommand(options, session);
    });
  addExamples(addBenchOptions(bench.command('kernel')), [
    ['bench kernel gemm 1576x768x3072 --dtype f16', 'one shape of one kernel'],
  ])
    .description('One kernel by shape, held against double precision, then timed beside the adapter’s peaks.')
    .argument(
      '<kernel>',
      'gemm, distances, attention, layernorm, token-embed, pool-rows, l2-normalize, finite-rows, top-k or pairs-above',
    )
    .argument(
      '<shape>',
      'gemm: MxNxK, such as 1576x768x3072; attention: images x tokens x heads; top-k: rows x columns x k; ' +
        'pairs-above: rows x columns x pairs; else rows x width',
    )
    .addOption(new Option('--dtype <type>', 'of the weights').choices(DTYPES).default('f32'))
    .option('--rounds <n>', 'timed runs', positiveInteger, 10)
    .action((kernel: string, shape: string, options: KernelCommandOptions) =>
      kernelCommand({ ...options, kernel, shape }, session),
    );
  addExamples(addBenchOptions(bench.command('roofline')), [
    ['bench roofline --images 4', 'four images a pass'],
  ])
    .description('The image tower’s kernels by timestamps, beside what the adapter could do at best.')
    .option(
      '-m, --model <dir>',
      'checkpoint directory (default: a seeded one of full size, made on first use)',
    )
    .option('--images <n>', 'images a pass', positiveInteger, 1)
    .option('--rounds <n>', 'passes, of which the fastest counts', positiveInteger, 3)
    .action((options: RooflineCommandOptions) => rooflineCommand(options, session));
  addExamples(addBenchOptions(bench.command('metrics')), [
    ['bench metrics --sizes 1000 3000 --rounds 5', 'two sizes'],
  ])
    .description(
      'Similarity of n rows of 512 beside NumPy and ONNX Runtime’s MatMul, in turn, parity checked.',
    )
    .option('--sizes <n...>', 'rows (default: 1000 3000 10000)', listOf(positiveInteger))
    .option('--large', '30,000 and 100,000 rows as well')
    .option('--rounds <n>', 'timed runs of each peer after the first; 0 times the first', naturalNumber, 3)
    .option(
      '--queries <n>',
      'so many rows by all, instead of all by themselves; top 10 alone',
      positiveInteger,
    )
    .option('--largest-peer <n>', 'most rows for NumPy', naturalNumber, 30_000)
    .option('--ort-webgpu', 'ONNX Runtime’s WebGPU provider too')
    .option('--largest-ort-webgpu <n>', 'most rows for it', naturalNumber, 3000)
    .action((options: MetricsCommandOptions, command: Command) => {
      if (!options.ortWebgpu) {
        expectNotGiven(command, ['largestOrtWebgpu'], 'has no effect without --ort-webgpu; pass that too');
      }
      return metricsCommand(options, session);
    });
  addExamples(addBenchOptions(bench.command('tsne')), [
    ['bench tsne --sizes 1000 --seeds 1 --largest-exact 0', 'a short one'],
  ])
    .description(
      't-SNE beside scikit-learn, an exact one in JavaScript and a UMAP: the quality of the maps, the time, its shares, and how it grows.',
    )
    .option(
      '--sizes <n...>',
      'points that are timed (default: 1000 3000 10000 30000)',
      listOf(positiveInteger),
    )
    .option('--large', '100,000 points as well, for a GPU')
    .option('--seeds <n>', 'random starts of each set that is compared', naturalNumber, 5)
    .option('--largest-peer <n>', 'most points for scikit-learn and the UMAP', naturalNumber, 10_000)
    .option('--largest-exact <n>', 'most points for the exact t-SNE in JavaScript', naturalNumber, 1000)
    .option('--iterations <n>', 'of the maps that are timed', integerFrom(250), 1000)
    .action((options: TsneCommandOptions) => tsneCommand(options, session));
  addExamples(addBenchOptions(bench.command('closing')), [
    ['bench closing --dims 512 --steps 100', 'one dimension'],
  ])
    .description(
      'Training heads that close the modality gap beside PyTorch on the CPU, in turn, parity checked.',
    )
    .option('--dims <d...>', 'dimensions (default: 192 512)', listOf(positiveInteger))
    .option('--pairs <n>', 'pairs of an image and a text', positiveInteger, 10_000)
    .option('--batch <n>', 'pairs a step', positiveInteger, 256)
    .option('--steps <n>', 'steps', positiveInteger, 250)
    .option('--rounds <n>', 'timed trainings of each after the first', positiveInteger, 3)
    .action((options: ClosingCommandOptions) => closingCommand(options, session));
  addExamples(addBenchOptions(bench.command('start')), [
    ['bench start --rounds 3', 'three starts of each kind'],
  ])
    .description(
      'Time from the start of a process to its first embeddings, with empty caches and with full ones.',
    )
    .option(
      '-m, --model <dir>',
      'checkpoint directory (default: the embedded model, and a seeded one of full size)',
    )
    .option('--rounds <n>', 'starts of each kind', positiveInteger, 5)
    .action((options: ChildCommandOptions) => startCommand(options, session));
  addExamples(addBenchOptions(bench.command('pipeline')), [
    ['bench pipeline --adapter lavapipe', 'on one adapter'],
    ['bench pipeline --images scans/', 'your images, in whatever format: does decoding bound, or the GPU?'],
  ])
    .description(
      'Decoding, tokenising and the towers, each alone and all together, and which of decoder and GPU bounds.',
    )
    .option('--images <dir>', 'a folder of images (default: the example set)')
    .option('-m, --model <dir>', 'checkpoint directory (default: the embedded model)')
    .option('--rounds <n>', 'timed runs of each part', positiveInteger, 5)
    .action((options: PipelineCommandOptions) => pipelineCommand(options, session));
  addExamples(addBenchOptions(bench.command('data')), [
    ['bench data --images 2000 --rounds 1', 'a short run'],
  ])
    .description(
      'Small images from files, tars and Parquet, decoded alone and embedded by a tiny model, in turn.',
    )
    .option('--images <n>', 'of 64 x 64 pixels', positiveInteger, 10_000)
    .option('--rounds <n>', 'timed runs of each kind', positiveInteger, 3)
    .option('--decoded-only', 'leave the embedding out')
    .action((options: DataCommandOptions) => dataCommand(options, session));
  addExamples(addBenchOptions(bench.command('toggles')), [['bench toggles --rounds 3 --json', 'as JSON']])
    .description('What each of Dawn’s toggles by itself does to the time of a pass.')
    .option(
      '-m, --model <dir>',
      'checkpoint directory (default: a seeded one of full widths, two blocks a tower)',
    )
    .option('--rounds <n>', 'processes a setting', positiveInteger, 5)
    .action((options: ChildCommandOptions) => togglesCommand(options, session));
}

function addBenchOptions(command: Command): Command {
  addAdapterOptions(command);
  addOutOption(command, '<file>', 'write the JSON there too', { optional: true });
  return addOutputOptions(command);
}

/** The JSON is written after each step, so that a run which is ended from outside leaves what it had. */
async function gpuCommand(options: GpuCommandOptions, session: Session): Promise<void> {
  const { adapter, minutes, short, out } = options;
  const { benchGpu, expectRight } = await import('./gpu/gpu.ts');
  const { gpuTable } = await import('./gpu/gpu-table.ts');
  const { fullSizeModelDirectory } = await import('../src/node/seeded-models.ts');
  const { model: given } = options;
  const usual = short ? session.defaultModel : fullSizeModelDirectory;
  const model = given === undefined ? usual : async () => given;
  const output = new Output(session.io, options);
  if (out) await checkOutputFile(out, options);
  let writing = overwriting(options);
  const result = await benchGpu({
    ...{ model, images: fileURLToPath(EXAMPLES), adapter, minutes, short, signal: session.signal },
    onProgress: (message) => output.note(message),
    onFound: async (report) => {
      if (out) await writeJson(out, report, writing);
      writing = { overwrite: true }; // what stands there now is ours
    },
  });
  output.result(result, gpuTable(result));
  throwIfAborted(session.signal);
  expectRight(result);
}

async function towersCommand(options: TowersCommandOptions, session: Session): Promise<void> {
  const { adapter, rounds, images, texts, imagesOnly, ortWebgpu } = options;
  const { benchTowers } = await import('./towers.ts');
  const { towersTable } = await import('./table.ts');
  const { fullSizeModelDirectory } = await import('../src/node/seeded-models.ts');
  const model = options.model ?? (await fullSizeModelDirectory());
  const settings = { model, adapter, rounds, images, texts, imagesOnly, withoutOrtWebGpu: !ortWebgpu };
  await report(options, session, (common) => benchTowers({ ...settings, ...common }), towersTable);
}

async function kernelCommand(
  options: KernelCommandOptions & { readonly kernel: string; readonly shape: string },
  session: Session,
): Promise<void> {
  const { kernel, shape, dtype, adapter, rounds } = options;
  const { benchKernel, kernelTable } = await import('./kernel.ts');
  const settings = { kernel, shape, dtype, adapter, rounds };
  await report(options, session, (common) => benchKernel({ ...settings, ...common }), kernelTable);
}

async function rooflineCommand(options: RooflineCommandOptions, session: Session): Promise<void> {
  const { adapter, images, rounds } = options;
  const { benchRoofline } = await import('./roofline.ts');
  const { rooflineTable } = await import('./roofline-table.ts');
  const { fullSizeModelDirectory } = await import('../src/node/seeded-models.ts');
  const model = options.model ?? (await fullSizeModelDirectory());
  const settings = { model, adapter, images, rounds };
  await report(options, session, (common) => benchRoofline({ ...settings, ...common }), rooflineTable);
}

async function metricsCommand(options: MetricsCommandOptions, session: Session): Promise<void> {
  const { adapter, sizes = [1000, 3000, 10_000], large, rounds, queries, largestPeer } = options;
  const { ortWebgpu: ortWebGpu, largestOrtWebgpu: largestOrtWebGpu } = options;
  const { benchMetrics } = await import('./metrics.ts');
  const { metricsTable } = await import('./metrics-table.ts');
  const settings = {
    adapter,
    rounds,
    queries,
    largestPeer,
    ortWebGpu,
    largestOrtWebGpu,
    sizes: large ? [...sizes, 30_000, 100_000] : sizes,
  };
  await report(options, session, (common) => benchMetrics({ ...settings, ...common }), metricsTable);
}

async function tsneCommand(options: TsneCommandOptions, session: Session): Promise<void> {
  const { adapter, sizes = [1000, 3000, 10_000, 30_000], large, seeds } = options;
  const { largestPeer, largestExact, iterations } = options;
  const { benchTsne } = await import('./tsne.ts');
  const { tsneTable } = await import('./tsne-table.ts');
  const settings = {
    adapter,
    seeds,
    largestPeer,
    largestExact,
    iterations,
    sizes: large ? [...sizes, 100_000] : sizes,
  };
  await report(options, session, (common) => benchTsne({ ...settings, ...common }), tsneTable);
}

async function closingCommand(options: ClosingCommandOptions, session: Session): Promise<void> {
  const { adapter, dims, pairs, batch, steps, rounds } = options;
  const { benchClosing } = await import('./closing.ts');
  const { closingTable } = await import('./closing-table.ts');
  const settings = { adapter, dims, pairs, batch, steps, rounds };
  await report(options, session, (common) => benchClosing({ ...settings, ...common }), closingTable);
}

async function startCommand(options: ChildCommandOptions, session: Session): Promise<void> {
  const { adapter, rounds, model } = options;
  const { benchStart } = await import('./start.ts');
  const { startTable } = await import('./start-table.ts');
  const { fullSizeModelDirectory } = await import('../src/node/seeded-models.ts');
  const models = model
    ? [{ name: model, path: model }]
    : [
        { name: 'embedded', path: await session.defaultModel() },
        { name: 'full size, seeded', path: await fullSizeModelDirectory() },
      ];
  const image = fileURLToPath(new URL('07-chest-x-ray.png', EXAMPLES));
  const settings = { entry: BUILT_ENTRY, models, image, adapter, rounds };
  await report(options, session, (common) => benchStart({ ...settings, ...common }), startTable);
}

async function pipelineCommand(options: PipelineCommandOptions, session: Session): Promise<void> {
  const { adapter, rounds } = options;
  const { benchPipeline } = await import('./pipeline.ts');
  const { pipelineTable } = await import('./pipeline-table.ts');
  const { readCaptions } = await import('../src/node/captions.ts');
  const model = options.model ?? (await session.defaultModel());
  const examples = fileURLToPath(EXAMPLES);
  const { images = examples } = options;
  const read = await readCaptions(join(examples, 'captions.csv'));
  const short = read.captions.map(({ text }) => text);
  const captions = [1, 2, 3, 12].flatMap((times) => short.map((text) => `${text} `.repeat(times)));
  const settings = { model, images, captions, adapter, rounds };
  await report(options, session, (common) => benchPipeline({ ...settings, ...common }), pipelineTable);
}

async function dataCommand(options: DataCommandOptions, session: Session): Promise<void> {
  const { adapter, images, rounds, decodedOnly } = options;
  const { benchData } = await import('./data.ts');
  const { dataTable } = await import('./data-table.ts');
  const settings = { adapter, images, rounds, ...(decodedOnly && { works: ['decoded'] as const }) };
  await report(options, session, (common) => benchData({ ...settings, ...common }), dataTable);
}

async function togglesCommand(options: ChildCommandOptions, session: Session): Promise<void> {
  const { adapter, rounds } = options;
  const { benchToggles } = await import('./toggles.ts');
  const { togglesTable } = await import('./toggles-table.ts');
  const { wideModelDirectory } = await import('../src/node/seeded-models.ts');
  const model = options.model ?? (await wideModelDirectory());
  const settings = { entry: BUILT_ENTRY, model, adapter, rounds };
  await report(options, session, (common) => benchToggles({ ...settings, ...common }), togglesTable);
}

interface Common {
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/** Runs a benchmark, writes its JSON where `--out` says, and prints its table, or with `--json` the JSON. */
async function report<R extends object>(
  options: BenchOptions,
  { io, signal }: Session,
  run: (common: Common) => Promise<R>,
  table: (result: R) => string,
): Promise<void> {
  const output = new Output(io, options);
  if (options.out) await checkOutputFile(options.out, options);
  const result = await run({ signal, onProgress: (message) => output.note(message) });
  if (options.out) await writeJson(options.out, result, overwriting(options));
  output.result(result, table(result));
}

async function writeJson(file: string, result: object, options: WriteOptions): Promise<void> {
  const json = new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`);
  await writeLocalFile(file, (sink) => sink.write(json), options);
}
