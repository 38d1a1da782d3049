import { basename, dirname, extname } from 'node:path';
import { type Command, Option } from 'commander';
import { type ClosingSweep, sweepClosings } from '../../closing/sweep.ts';
import type { SweepOptions } from '../../closing/sweep-options.ts';
import { DEFAULT_SETTINGS } from '../../closing/sweep-settings.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import { paint } from '../../plots/theme.ts';
import { addExamples } from '../cli/examples.ts';
import { foldCount, integer } from '../cli/number-options.ts';
import { addOutOption, checkOutputFile, checkOutputs, type ForceOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { sweepCsv, sweepText } from '../cli/sweep-text.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { closingFigures } from '../closing-figures.ts';
import { closingHost } from '../closing-file.ts';
import { UsageError } from '../errors.ts';
import { readNpyVectors } from '../npy-vectors.ts';
import { type Provenance, provenanceOf } from '../provenance.ts';
import { readRowValues } from '../row-values.ts';
import { writeTogether } from '../staged-files.ts';
import { type ReadClosingRows, readClosingRows } from './closing-rows.ts';

interface SweepCommandOptions extends GpuOptions, ForceOption {
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
    .argument('<images.npy>', 'float32 vectors, one a row')
    .argument('<texts.npy>', 'the matching ones')
    .option('--groups <file>', 'what each image is of, such as its patient')
    .option('--labels <file>', 'what a search should find (default: the groups)')
    .option('--prompts <file>', 'texts as .npy, the nearest of which names an image’s label')
    .option('--prompt-labels <file>', 'the label of each prompt')
    .option('--no-heads', 'closed forms only: heads take most of the time')
    .option('--folds <n>', 'folds of each split (default: 3)', foldCount)
    .addOption(
      new Option(
        '--pair-by <what>',
        'what tells which belong together (default: ids, where there are any)',
      ).choices(['ids', 'rows']),
    )
    .option('--seed <n>', 'of folds, cells and heads', integer, 0);
  addExamples(command, [
    [
      'close-gap sweep images.npy texts.npy --groups patients.csv -o sweep',
      'both formats and the pictures, into a folder',
    ],
    ['close-gap sweep images.npy texts.npy --no-heads -o sweep.csv', 'closed forms only, as a table'],
  ]);
  addOutOption(command, '<file>', '.json or .csv file to write, or a directory for both and the pictures');
  addGpuOptions(command).action((images: string, texts: string, options: SweepCommandOptions) =>
    sweepCommand(images, texts, options, session),
  );
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
    const rows = await readClosingRows(imagesPath, textsPath, options, output);
    const settings = await sweepOptions(rows, options, output, signal);
    await withGpu(options, async (gpu) => {
      const facts = { seed: options.seed, gpu: gpu.info, ...rows.facts };
      const sweep = await writeSweep(out, async () => ({
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

const DIRECTORY_FILES = ['sweep.json', 'sweep.csv'];

/** A name without an ending is a directory, which gets the pictures too. */
async function checkOut({ out, force }: SweepCommandOptions): Promise<void> {
  if (extname(out) === '') return checkOutputs(out, DIRECTORY_FILES, { force });
  if (!['.json', '.csv'].includes(extname(out))) {
    throw new UsageError(
      `--out ${out}: the name must end in .json or .csv, or be a directory's without an ending`,
    );
  }
  await checkOutputFile(out, { force });
}

async function sweepOptions(
  { groups, labels }: ReadClosingRows,
  { prompts, promptLabels, heads, folds, seed, pairBy }: SweepCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<SweepOptions> {
  return {
    groups,
    labels,
    prompts: await readPrompts(prompts, promptLabels),
    settings: heads ? undefined : DEFAULT_SETTINGS.filter(({ method }) => method !== 'head'),
    folds,
    seed,
    pairBy,
    signal,
    onProgress: ({ done, total }) => output.progress.update('judging', done, total),
  };
}

async function readPrompts(
  path: string | undefined,
  labelsFile: string | undefined,
): Promise<SweepOptions['prompts']> {
  if ((path === undefined) !== (labelsFile === undefined)) {
    throw new UsageError('--prompts and --prompt-labels belong together: pass both, or neither');
  }
  if (path === undefined || labelsFile === undefined) return undefined;
  const vectors = await readNpyVectors(path);
  const { rows, ids } = vectors;
  return { vectors, labels: await readRowValues(labelsFile, 'label', { name: path, rows, ids }) };
}

type SweepResult = ClosingSweep & { readonly provenance: Provenance };

async function writeSweep(out: string, compute: () => Promise<SweepResult>): Promise<SweepResult> {
  const whole = extname(out) === '';
  return writeTogether(whole ? out : dirname(out), async (write) => {
    const sweep = await compute();
    const text = (name: string, content: string) =>
      write(name, (sink) => sink.write(new TextEncoder().encode(content)));
    const csv = `${sweepCsv(sweep).join('\n')}\n`;
    const json = `${JSON.stringify(sweep, null, 2)}\n`;
    if (!whole) {
      await text(basename(out), extname(out) === '.csv' ? csv : json);
      return sweep;
    }
    await text('sweep.json', json);
    await text('sweep.csv', csv);
    for (const [name, figure] of Object.entries(closingFigures(sweep))) {
      if (!figure) continue;
      for (const theme of ['light', 'dark'] as const) {
        await text(`${name}-${theme}.svg`, paint(figure.svg, theme));
      }
    }
    return sweep;
  });
}
