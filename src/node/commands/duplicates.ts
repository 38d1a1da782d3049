import type { Command } from 'commander';
import { Option } from 'commander';
import type { DuplicatePair } from '../../metrics/search/duplicate-pass.ts';
import { duplicates } from '../../metrics/search/duplicates.ts';
import { addExamples } from '../cli/examples.ts';
import { numberWithin, positiveInteger } from '../cli/number-options.ts';
import { addOutOption, type ForceOption, type FormatOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { csv } from '../csv-text.ts';
import { readDirectoryOrNpy } from '../embedded-rows.ts';
import { UsageError } from '../errors.ts';
import { floatText } from '../float-text.ts';
import type { RowsFile } from '../manifest.ts';
import { fileDigests, modelOfRows, type NpyRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { sharedFingerprint } from './closing-rows.ts';
import { textTarget } from './text-target.ts';

interface DuplicatesCommandOptions extends GpuOptions, ForceOption, FormatOption {
  readonly threshold: number;
  readonly rows: RowsFile;
  readonly limit: number;
}

/** Pairs in the table on the terminal; files and JSON have all. */
const SHOWN = 50;

export function registerDuplicates(program: Command, session: Session): void {
  const command = program
    .command('duplicates')
    .summary('find pairs that are nearly the same')
    .description(
      'List the pairs of rows above a cosine, within one set or between two, so that a test set can be checked against ' +
        'a training set. No pair is left out: more than the limit are an error.',
    )
    .argument('<dir>', `directory that embed wrote, or ${VECTOR_FILES}`)
    .argument('[other]', 'the other set (default: pairs within the first)')
    .option('--threshold <cosine>', 'the least cosine of a pair', numberWithin(-1, 1), 0.95)
    .addOption(
      new Option('--rows <kind>', 'which rows of a directory').choices(['images', 'texts']).default('images'),
    )
    .option('--limit <n>', 'the most pairs', positiveInteger, 1_000_000);
  addExamples(command, [
    ['duplicates archive', 'images that are there twice, or nearly'],
    ['duplicates test train --threshold 0.98 -o leaked.csv', 'test images that are in the training set'],
  ]);
  addOutOption(command, '<file>', 'file to write: .csv or .json; - for standard output', {
    optional: true,
    stdout: ['csv', 'json'],
  });
  addGpuOptions(command).action(
    (first: string, other: string | undefined, options: DuplicatesCommandOptions) =>
      duplicatesCommand(first, other, options, session),
  );
}

async function duplicatesCommand(
  first: string,
  other: string | undefined,
  options: DuplicatesCommandOptions,
  session: Session,
): Promise<void> {
  const { threshold, rows, limit } = options;
  const output = new Output(session.io, options);
  const target = await textTarget(options, ['csv', 'json'], session);
  const a = await readDirectoryOrNpy(first, rows);
  const b = other === undefined ? a : await readDirectoryOrNpy(other, rows);
  expectComparable(a, b);
  const inputs = await fileDigests({ a: a.path, b: other === undefined ? undefined : b.path });
  try {
    await withGpu(options, async (gpu) => {
      const pairs = await duplicates(gpu, a.rows, {
        ...{ threshold, limit, signal: session.signal },
        ...(other !== undefined && { b: b.rows }),
        onProgress: ({ done, total }) => output.progress.update('comparing', done, total),
      });
      const result = {
        threshold,
        rows: { a: a.rows.rows, b: b.rows.rows },
        within: other === undefined,
        found: pairs.length,
        pairs: pairs.map((pair) => named(pair, a, b)),
        provenance: provenanceOf(session, { gpu: gpu.info, model: modelOfRows(a, b), inputs }),
      };
      await target?.write(({ format }) =>
        format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : table(result.pairs),
      );
      const { out } = options;
      output.result(
        { ...result, out: out ?? null },
        [...lines(result.pairs, out), summary(result)].join('\n'),
      );
    });
  } finally {
    output.progress.end();
  }
}

interface NamedPair extends DuplicatePair {
  readonly idA: string;
  readonly idB: string;
}

function named(pair: DuplicatePair, a: NpyRows, b: NpyRows): NamedPair {
  return {
    ...pair,
    idA: a.rows.ids?.[pair.a] ?? String(pair.a),
    idB: b.rows.ids?.[pair.b] ?? String(pair.b),
  };
}

/** @throws {DifferentCheckpointsError} @throws {UsageError} where one set's gap is closed otherwise than the other's */
function expectComparable(a: NpyRows, b: NpyRows): void {
  sharedFingerprint(a, b);
  const [first, other] = [a, b].map(({ origin }) => origin?.manifest.closing?.sha256);
  if (a.origin && b.origin && first !== other) {
    throw new UsageError(
      `${a.path} and ${b.path}: their rows are closed by different closings, or one's are open; close both alike`,
    );
  }
}

function table(pairs: readonly NamedPair[]): string {
  return csv(
    ['a', 'b', 'row_a', 'row_b', 'cosine'],
    pairs.map(({ a, b, idA, idB, cosine }) => [idA, idB, a, b, floatText(cosine)]),
  );
}

/** The most alike. */
function lines(pairs: readonly NamedPair[], out: string | undefined): string[] {
  if (out !== undefined) return [];
  const sorted = [...pairs].sort((one, other) => other.cosine - one.cosine).slice(0, SHOWN);
  const more = pairs.length - sorted.length;
  return [
    ...sorted.map(({ idA, idB, cosine }) => `${cosine.toFixed(4)}  ${idA}  ${idB}`),
    ...(more > 0
      ? [`and ${more.toLocaleString('en')} more that are less alike: -o pairs.csv or --json has all`]
      : []),
  ];
}

function summary(result: {
  found: number;
  threshold: number;
  within: boolean;
  rows: { a: number; b: number };
}): string {
  const { found, threshold, within, rows } = result;
  const where = within ? `among ${rows.a} rows` : `of ${rows.a} rows with ${rows.b}`;
  return `${found.toLocaleString('en')} ${found === 1 ? 'pair' : 'pairs'} ${where} with a cosine of ${threshold} or more`;
}
