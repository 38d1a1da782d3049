import { type Command, Option } from 'commander';
import { closeBoth } from '../../closing/affine-map.ts';
import type { Embeddings } from '../../embeddings.ts';
import { modalityGap } from '../../metrics/gap/modality-gap.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import type { GapOptions, GapReport } from '../../metrics/gap/report.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { methodText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { gapCsv, gapText } from '../cli/gap-text.ts';
import { integer, naturalNumber, positiveNumber } from '../cli/number-options.ts';
import { addOutOption, type ForceOption, type FormatOption } from '../cli/out-option.ts';
import { pairByIds, warnOfAlone } from '../cli/paired-rows.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { namedClosing } from '../cli/with-model.ts';
import { type ClosingFile, closingEntry, expectSameCheckpoint } from '../closing-file.ts';
import { nodeHost } from '../host.ts';
import type { InputFile } from '../input-file.ts';
import { fileDigests, modelOfRows, type NpyRows, readNpyRows } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { expectOpen, sharedFingerprint } from './closing-rows.ts';
import { checkTable, TABLE_FORMATS, type TableTarget, writeTable } from './table-file.ts';

export interface GapCommandOptions extends GpuOptions, ForceOption, FormatOption {
  readonly pairBy?: PairBy;
  readonly logitScale?: number;
  readonly resamples: number;
  readonly permutations: number;
  readonly seed: number;
  readonly closing?: string;
  readonly out?: string;
}

export function registerGap(program: Command, session: Session): void {
  const command = program
    .command('gap')
    .summary('measure the modality gap')
    .description(
      'Measure the gap between images and texts, paired by the ids of the manifest beside them: distances, retrieval, ' +
        'separability and more, each with a bootstrap interval, and beside it what random pairs would give.',
    )
    .argument('<images.npy>', 'float32 vectors, one a row; - for standard input')
    .argument('<texts.npy>', 'the matching ones')
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
    .option('--closing <file>', 'closes the gap first, by what close-gap fit wrote; - for stdin');
  addExamples(command, [
    ['gap images.npy texts.npy', 'the statistics, with intervals'],
    ['gap images.npy texts.npy -o gap.csv --resamples 200 --json', 'into a table too, and as JSON'],
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
  addGpuOptions(command).action((images: string, texts: string, options: GapCommandOptions) => {
    if (options.resamples === 0 && options.permutations === 0) {
      expectNotGiven(command, ['seed'], 'has no effect without resamples and permutations; leave it out');
    }
    return gapCommand(images, texts, options, session);
  });
}

/** Measures the modality gap of two .npy files. */
async function gapCommand(
  imagesPath: string,
  textsPath: string,
  options: GapCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const { pairBy, logitScale, resamples, permutations, seed, out } = options;
  const output = new Output(io, options);
  const target = out === undefined ? undefined : await checkTable(out, options, session);
  const closing = await namedClosing(options, session);
  const inputs = await readInputs(
    await inputOf(imagesPath, session),
    await inputOf(textsPath, session),
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

interface GapInputs {
  readonly images: NpyRows;
  readonly texts: NpyRows;
  readonly digests: Readonly<Record<string, string>>;
}

async function readInputs(
  imagesFile: InputFile,
  textsFile: InputFile,
  closing: ClosingFile | undefined,
): Promise<GapInputs> {
  const [images, texts] = [await readNpyRows(imagesFile), await readNpyRows(textsFile)];
  const digests = await fileDigests({ images: imagesFile, texts: textsFile });
  return { images, texts, digests: { ...digests, ...(closing && { closing: closing.sha256 }) } };
}

/** The rows to measure: those with a partner, if there are ids. Reports what is left out or assumed. */
function pairedVectors(
  { images: ofImages, texts: ofTexts }: GapInputs,
  { pairBy, closing }: { readonly pairBy: PairBy | undefined; readonly closing: ClosingFile | undefined },
  output: Output,
): { images: Vectors; texts: Vectors } {
  if (closing) {
    for (const rows of [ofImages, ofTexts]) expectOpen(rows);
    expectSameCheckpoint(closing, sharedFingerprint(ofImages, ofTexts), (message) => output.warn(message));
  }
  const [images, texts] = [ofImages.rows, ofTexts.rows];
  if (pairBy === 'rows') return { images, texts };
  if (!hasIds(images) || !hasIds(texts)) {
    if (pairBy === undefined) output.note('no manifest gives the ids of both: row i is paired with row i');
    return { images, texts };
  }
  const paired = pairByIds(images, texts);
  warnOfAlone(output, paired.alone);
  return paired;
}

function hasIds(vectors: Vectors): vectors is Embeddings {
  return vectors.ids !== undefined;
}

async function measureInto(target: TableTarget, measure: () => Promise<GapReport>): Promise<GapReport> {
  const { report } = await writeTable(target, async () => {
    const result = await measure();
    const array = { shape: [result.dim], data: Float32Array.from(result.gapVector) };
    return { report: result, array, lines: gapCsv(result) };
  });
  return report;
}
