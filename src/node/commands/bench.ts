import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { Output, type OutputOptions, type Session } from '../session.ts';
import { positiveInteger } from './number-options.ts';
import { addOutputOptions } from './with-model.ts';

interface TowersCommandOptions extends OutputOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly rounds: string;
  readonly images: string;
  readonly texts: string;
  readonly ortWebgpu: boolean;
  readonly out?: string;
}

export function registerBench(program: Command, session: Session): void {
  const bench = program.command('bench').summary('measure against ONNX Runtime').description('Benchmarks.');
  const towers = bench
    .command('towers')
    .description(
      'Images and texts a second beside ONNX Runtime on the same adapter, in turn, parity checked.',
    )
    .option('--model <dir>', 'checkpoint directory (default: a seeded one of full size, made on first use)')
    .option('--adapter <name>', 'software, lavapipe, swiftshader, or a part of a GPU’s name')
    .option('--rounds <n>', 'timed runs of each peer', '5')
    .option('--images <n>', 'images a run', '1')
    .option('--texts <n>', 'texts a run', '8')
    .option('--no-ort-webgpu', 'leave ONNX Runtime’s WebGPU provider out')
    .option('--out <file>', 'write the JSON there too');
  addOutputOptions(towers).action((options: TowersCommandOptions) => towersCommand(options, session));
  const metrics = bench
    .command('metrics')
    .description(
      'Similarity of n rows of 512 beside NumPy and ONNX Runtime’s MatMul, in turn, parity checked.',
    )
    .option('--adapter <name>', 'software, lavapipe, swiftshader, or a part of a GPU’s name')
    .option('--sizes <n...>', 'rows (default: 1000 3000 10000)', collectPositive)
    .option('--large', '30,000 and 100,000 rows as well')
    .option('--rounds <n>', 'timed runs of each peer', positiveInteger, 3)
    .option('--ort-webgpu', 'ONNX Runtime’s WebGPU provider too')
    .option('--out <file>', 'write the JSON there too');
  addOutputOptions(metrics).action((options: MetricsCommandOptions) => metricsCommand(options, session));
}

interface MetricsCommandOptions extends OutputOptions {
  readonly adapter?: string;
  readonly sizes?: readonly number[];
  readonly large?: boolean;
  readonly rounds: number;
  readonly ortWebgpu?: boolean;
  readonly out?: string;
}

function collectPositive(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, positiveInteger(text)];
}

async function metricsCommand(options: MetricsCommandOptions, { io, signal }: Session): Promise<void> {
  const output = new Output(io, options);
  const { adapter, sizes = [1000, 3000, 10_000], large, rounds, ortWebgpu: ortWebGpu, out } = options;
  const { benchMetrics } = await import('../../../bench/metrics.ts');
  const { metricsTable } = await import('../../../bench/metrics-table.ts');
  const report = await benchMetrics({
    ...{ adapter, rounds, ortWebGpu, signal },
    sizes: large ? [...sizes, 30_000, 100_000] : sizes,
    onProgress: (message) => output.note(message),
  });
  if (out) await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
  output.result(report, metricsTable(report));
}

async function towersCommand(options: TowersCommandOptions, { io, signal }: Session): Promise<void> {
  const output = new Output(io, options);
  const counts = {
    rounds: count(options, 'rounds'),
    images: count(options, 'images'),
    texts: count(options, 'texts'),
  };
  const { benchTowers } = await import('../../../bench/towers.ts');
  const { towersTable } = await import('../../../bench/table.ts');
  const { fullSizeModelDirectory } = await import('../default-model.ts');
  const model = options.model ?? (await fullSizeModelDirectory());
  const report = await benchTowers({
    ...counts,
    model,
    adapter: options.adapter,
    withoutOrtWebGpu: !options.ortWebgpu,
    signal,
    onProgress: (message) => output.note(message),
  });
  if (options.out) await writeFile(options.out, `${JSON.stringify(report, null, 2)}\n`);
  output.result(report, towersTable(report));
}

/** @throws {UsageError} unless the option is a whole number of at least 1 */
function count(options: TowersCommandOptions, name: 'rounds' | 'images' | 'texts'): number {
  const value = Number(options[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`--${name} takes a whole number of at least 1, got ${options[name]}`);
}
