import { type Command, Option } from 'commander';
import type { NeighborSearch } from '../../metrics/neighbours/approximate.ts';
import { similarity } from '../../metrics/similarity/approximate.ts';
import {
  eachSimilarityBlock,
  SIMILARITY_METRICS,
  type SimilarityMetric,
  type SimilarityProgress,
  type SimilarityTopK,
} from '../../metrics/similarity/similarity.ts';
import { addExamples } from '../cli/examples.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { addOutOption, type ForceOption, type FormatOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf, optionalInput } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { floatText } from '../float-text.ts';
import { nodeHost } from '../host.ts';
import { fileDigests, modelOfRows, readNpyRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { checkTable, TABLE_FORMATS, type TableContent, writeMatrix, writeTable } from './table-file.ts';

export interface SimilarityCommandOptions extends GpuOptions, ForceOption, FormatOption {
  readonly metric: SimilarityMetric;
  readonly topK?: number;
  readonly approximate?: boolean;
  readonly out: string;
}

export function registerSimilarity(program: Command, session: Session): void {
  const command = program
    .command('similarity')
    .summary('compare every vector with every other')
    .description(
      'Write the matrix of cosines, distances or products of all rows of a with all rows of b (or of a), ' +
        'or of each row of a the k best. A .npy of the k best is [rows, k, 2]: index in b, and value.',
    )
    .argument('<a.npy>', `${VECTOR_FILES}; - for standard input`)
    .argument('[b.npy]', 'those to compare with (default: a itself)')
    .addOption(
      new Option('--metric <name>', 'what is computed').choices(SIMILARITY_METRICS).default('cosine'),
    )
    .option('--top-k <k>', 'only the k best of each row, the best first', positiveInteger)
    .option('--approximate', 'of --top-k: nearly the best, for many rows; says how nearly');
  addExamples(command, [
    ['similarity images.npy texts.npy --top-k 5 -o nearest.csv', 'the five nearest texts of each image'],
    ['similarity images.npy --metric euclidean -o distances.npy', 'all distances of the images'],
  ]);
  addOutOption(command, '<file>', 'file to write: .npy or .csv; - for standard output', {
    stdout: TABLE_FORMATS,
  });
  addGpuOptions(command).action((a: string, b: string | undefined, options: SimilarityCommandOptions) => {
    const { topK, metric } = options;
    if (topK === undefined)
      expectNotGiven(command, ['approximate'], 'has no effect without --top-k; leave it out');
    if (metric === 'dot')
      expectNotGiven(command, ['approximate'], 'is for cosines and distances; leave it out');
    return similarityCommand(a, b, options, session);
  });
}

/** Compares the rows of .npy files and writes the result. */
async function similarityCommand(
  pathA: string,
  pathB: string | undefined,
  options: SimilarityCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const { metric, topK, approximate, out } = options;
  const output = new Output(io, options);
  const target = await checkTable(out, options, session);
  const fileA = await inputOf(pathA, session);
  const fileB = await optionalInput(pathB, session);
  const ofA = await readNpyRows(fileA);
  const ofB = fileB === undefined ? ofA : await readNpyRows(fileB);
  const [a, b] = [ofA.rows, ofB.rows];
  const inputs = await fileDigests({ a: fileA, b: fileB });
  try {
    await withGpu(options, async (gpu) => {
      const start = performance.now();
      const onProgress = ({ done, total }: SimilarityProgress) =>
        output.progress.update('comparing rows', done, total);
      let neighbors: NeighborSearch | undefined;
      if (topK === undefined) {
        const settings = { metric, signal, onProgress };
        await writeMatrix(target, [a.rows, b.rows], (add) =>
          eachSimilarityBlock(gpu, a, b, settings, ({ scores }) => add(scores)),
        );
      } else {
        const settings = { metric, topK, approximate, signal, onProgress };
        ({ neighbors } = await writeTable(target, async () => {
          const nearest = await similarity(gpu, a, b, settings, nodeHost);
          return { ...nearestTable(nearest), neighbors: nearest.neighbors };
        }));
      }
      const seconds = (performance.now() - start) / 1000;
      const result = { out, metric, rows: a.rows, cols: b.rows, dim: a.dim, topK: topK ?? null };
      const what =
        topK === undefined ? `${a.rows} x ${b.rows}` : `the ${topK} best of ${b.rows} for ${a.rows} rows`;
      const recall = neighbors ? `, ${(100 * neighbors.recall).toFixed(1)} % of them` : '';
      output.result(
        {
          ...result,
          ...(neighbors ? { neighbors } : {}),
          adapter: gpu.info.description,
          provenance: provenanceOf(session, { gpu: gpu.info, model: modelOfRows(ofA, ofB), inputs }),
          seconds,
        },
        `${metric}, ${what}${recall}, in ${seconds.toFixed(1)} s: ${out}`,
      );
    });
  } finally {
    output.progress.end();
  }
}

function nearestTable({ indices, values, rows, k }: SimilarityTopK): TableContent {
  const data = Float32Array.from({ length: rows * k * 2 }, (_, i) => (i % 2 ? values : indices)[i >> 1] ?? 0);
  function* lines() {
    yield 'row,rank,index,value';
    for (const [i, index] of indices.entries()) {
      yield `${Math.floor(i / k)},${(i % k) + 1},${index},${floatText(values[i] ?? 0)}`;
    }
  }
  return { array: { shape: [rows, k, 2], data }, lines: lines() };
}
