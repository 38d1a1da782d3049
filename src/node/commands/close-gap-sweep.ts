import { basename, dirname, extname } from 'node:path';
import { type Command, Option } from 'commander';
import type { ClosingSweep } from '../../closing/sweep.ts';
import type { SweepOptions } from '../../closing/sweep-options.ts';
import { DEFAULT_SETTINGS } from '../../closing/sweep-settings.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import { addValueOptions, expectValuesRead, type ValueOptions } from '../cli/caption-options.ts';
import { addExamples } from '../cli/examples.ts';
import { foldCount, integer } from '../cli/number-options.ts';
import {
  addOutOption,
  checkOutputFile,
  checkOutputs,
  type ForceOption,
  type FormatOption,
  overwriting,
} from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { optionalInput, stdoutSink } from '../cli/standard-streams.ts';
import { sweepCsv, sweepText } from '../cli/sweep-text.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { closingHost } from '../closing-file.ts';
import { UsageError } from '../errors.ts';
import { type InputFile, inputName } from '../input-file.ts';
import { fileDigests, readNpyRows } from '../npy-vectors.ts';
import { type Provenance, provenanceOf } from '../provenance.ts';
import { readRowValues } from '../row-values.ts';
import { writeTogether } from '../staged-files.ts';
import { type ReadClosingRows, readClosingRows } from './closing-rows.ts';

interface SweepCommandOptions extends GpuOptions, ForceOption, FormatOption, ValueOptions {
  readonly pairBy?: PairBy;
  readonly groups?: string;
  readonly labels?: string;
  readonly prompts?: string;
  readonly promptLabels?: string;
  /** False with --no-heads. */
  readonly heads: boolean;
  readonly folds?: number;
  readonly seed: number;
  readonly out: string;
}

export function registerSweep(program: Command, session: Session): void {
  const command = program
    .command('sweep')
    .summary('judge many closings beside each other')
    .description(
      'Judge shares of the gap vector, strengths of the maps, CCA, and heads over the logit scale by cross-validation: by ' +
        'new captions, and with groups by groups never seen.',
    )
    .argument('<images.npy>', VECTOR_FILES)
    .argument('<texts.npy>', 'the matching ones')
    .option('--groups <file>', 'what each image is of, such as its patient; - for stdin')
    .option('--labels <file>', 'what a search should find; - for stdin (default: the groups)')
    .option('--prompts <file>', 'texts as vectors, the nearest of which names an image’s label; - for stdin')
    .option('--prompt-labels <file>', 'the label of each prompt; - for stdin')
    .option('--no-heads', 'closed forms only: heads take most of the time')
    .option('--folds <n>', 'folds of each split (default: 3)', foldCount)
    .addOption(
      new Option(
        '--pair-by <what>',
        'how to tell which rows belong together (default: by ids, where there are any)',
      ).choices(['ids', 'rows']),
    )
    .option('--seed <n>', 'seed of folds, cells and heads', integer, 0);
  addExamples(command, [
    [
      'close-gap sweep images.npy texts.npy --groups patients.csv -o sweep',
      'both formats and the pictures, into a folder',
    ],
    ['close-gap sweep images.npy texts.npy --no-heads -o sweep.csv', 'closed forms only, as a table'],
  ]);
  addOutOption(
    command,
    '<file>',
    '.json or .csv file to write, or a directory for both and the pictures; - for stdout',
    {
      stdout: ['json', 'csv'],
    },
  );
  addValueOptions(command);
  addGpuOptions(command).action((images: string, texts: string, options: SweepCommandOptions) => {
    expectValuesRead(command, options);
    return sweepCommand(images, texts, options, session);
  });
}

async function sweepCommand(
  imagesPath: string,
  textsPath: string,
  options: SweepCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const output = new Output(io, options);
  const { out } = options;
  await checkOut(options);
  try {
    const rows = await readClosingRows(imagesPath, textsPath, options, session, output);
    const files = {
      prompts: await optionalInput(options.prompts, session),
      promptLabels: await optionalInput(options.promptLabels, session),
    };
    const prompts = await readPrompts(files.prompts, files.promptLabels);
    const settings = { ...sweepOptions(rows, options, output, signal), prompts };
    const inputs = { ...rows.facts.inputs, ...(await fileDigests(files)) };
    await withGpu(options, async (gpu) => {
      const facts = { seed: options.seed, gpu: gpu.info, ...rows.facts, inputs };
      const { sweepClosings } = await import('../../closing/sweep.ts'); // with its algebra, which no other command needs
      const sweep = await writeSweep(options, session, async () => ({
        ...(await sweepClosings(closingHost(gpu), rows, settings)),
        provenance: provenanceOf(session, facts),
      }));
      output.result(
        { out, ...sweep, adapter: gpu.info.description },
        `${sweepText(sweep)}\n\nwritten: ${out}`,
      );
    });
  } finally {
    output.progress.end();
  }
}

const PICTURES = ['front', 'temperature'].flatMap((name) =>
  ['light', 'dark'].flatMap((theme) => [`${name}-${theme}.svg`, `${name}-${theme}.pdf`]),
);
const DIRECTORY_FILES = ['sweep.json', 'sweep.csv', ...PICTURES];

/** A name without an ending is a directory, which gets the pictures too. */
async function checkOut({ out, force }: SweepCommandOptions): Promise<void> {
  if (out === '-') return;
  if (extname(out) === '') return checkOutputs(out, DIRECTORY_FILES, { force });
  if (!['.json', '.csv'].includes(extname(out))) {
    throw new UsageError(
      `--out ${out}: the name must end in .json or .csv, or be a directory's without an ending`,
    );
  }
  await checkOutputFile(out, { force });
}

function sweepOptions(
  { groups, labels }: ReadClosingRows,
  { heads, folds, seed, pairBy }: SweepCommandOptions,
  output: Output,
  signal: AbortSignal,
): SweepOptions {
  return {
    groups,
    labels,
    settings: heads ? undefined : DEFAULT_SETTINGS.filter(({ method }) => method !== 'head'),
    folds,
    seed,
    pairBy,
    signal,
    onProgress: ({ done, total }) => output.progress.update('judging', done, total),
  };
}

async function readPrompts(
  file: InputFile | undefined,
  labelsFile: InputFile | undefined,
): Promise<SweepOptions['prompts']> {
  if ((file === undefined) !== (labelsFile === undefined)) {
    throw new UsageError('--prompts and --prompt-labels belong together: pass both, or neither');
  }
  if (file === undefined || labelsFile === undefined) return undefined;
  const { rows: vectors } = await readNpyRows(file, 'texts');
  const { rows, ids } = vectors;
  return { vectors, labels: await readRowValues(labelsFile, 'label', { name: inputName(file), rows, ids }) };
}

function csvOf(sweep: SweepResult): string {
  return `${sweepCsv(sweep).join('\n')}\n`;
}

function jsonOf(sweep: SweepResult & { readonly figures?: object }): string {
  return `${JSON.stringify(sweep, null, 2)}\n`;
}

type SweepResult = ClosingSweep & { readonly provenance: Provenance };

async function writeSweep(
  options: SweepCommandOptions,
  { io }: Session,
  compute: () => Promise<SweepResult>,
): Promise<SweepResult> {
  const { out, format } = options;
  if (out === '-') {
    const sweep = await compute();
    await stdoutSink(io).write(new TextEncoder().encode(format === 'csv' ? csvOf(sweep) : jsonOf(sweep)));
    return sweep;
  }
  const whole = extname(out) === '';
  return writeTogether(
    whole ? out : dirname(out),
    async (write) => {
      const sweep = await compute();
      const text = (name: string, content: string) =>
        write(name, (sink) => sink.write(new TextEncoder().encode(content)));
      if (!whole) {
        await text(basename(out), extname(out) === '.csv' ? csvOf(sweep) : jsonOf(sweep));
        return sweep;
      }
      // Imported here, so that other commands do not load what draws figures and PDF.
      const { closingFigures } = await import('../closing-figures.ts');
      const { writeFigure } = await import('../figure-formats.ts');
      const figures = Object.entries(closingFigures(sweep, { title: false }));
      const captions = Object.fromEntries(
        figures.map(([name, { title, subtitle }]) => [name, { title, subtitle }]),
      );
      await text('sweep.json', jsonOf({ ...sweep, figures: captions }));
      await text('sweep.csv', csvOf(sweep));
      for (const [name, figure] of figures) await writeFigure(write, name, figure, ['SVG', 'PDF']);
      return sweep;
    },
    { ...overwriting(options), alone: whole },
  );
}
