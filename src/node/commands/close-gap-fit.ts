import { basename, dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { fitGapClosing } from '../../closing/fit.ts';
import type { GapClosing } from '../../closing/gap-closing.ts';
import { METHODS } from '../../closing/methods.ts';
import type { ClosingMethod } from '../../closing-data.ts';
import { addValueOptions, expectValuesRead } from '../cli/caption-options.ts';
import { closingText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { foldCountOrNone, integer, numberFromZero } from '../cli/number-options.ts';
import { addOutOption, checkOutputFile, type ForceOption, overwriting } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { closingHost } from '../closing-file.ts';
import { type Provenance, provenanceOf } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';
import { type ClosingRowsOptions, type ReadClosingRows, readClosingRows } from './closing-rows.ts';

interface FitCommandOptions extends GpuOptions, ForceOption, ClosingRowsOptions {
  readonly method: ClosingMethod | 'auto';
  readonly strength?: number;
  readonly folds?: number;
  readonly seed: number;
  readonly out: string;
}

export function registerFit(program: Command, session: Session): void {
  const command = program
    .command('fit')
    .summary('fit a closing and judge it on held-out pairs')
    .description(
      'Fit a map for images and one for texts, judge them by folds that they were not fitted on, and write both to one ' +
        'safetensors file. Rows are as the model makes them; ids and checkpoint come from the manifest beside them.',
    )
    .argument('<images.npy>', VECTOR_FILES)
    .argument('<texts.npy>', 'the texts’')
    .option(
      '--groups <file>',
      'what each image is of, such as its patient: folds keep groups whole; - for stdin',
    )
    .option('--labels <file>', 'what a search should find; - for stdin (default: the groups)')
    .addOption(
      new Option('--method <name>', 'how to fit; auto: what held-out groups recommend')
        .choices(['auto', ...Object.keys(METHODS)])
        .default('auto'),
    )
    .option('--strength <s>', 'how far to go, for methods that have a strength', numberFromZero)
    .option('--folds <n>', 'folds of the held-out figures; 0 for none (default: 5)', foldCountOrNone)
    .addOption(
      new Option(
        '--pair-by <what>',
        'how to tell which rows belong together (default: by ids, where there are any)',
      ).choices(['ids', 'rows', 'none']),
    )
    .option('--seed <n>', 'seed of folds, cells and heads', integer, 0);
  addExamples(command, [
    ['close-gap fit images.npy texts.npy -o gap.safetensors', 'the step that held-out pairs recommend'],
    [
      'close-gap fit images.npy texts.npy --groups patients.csv --method transport --strength 0.5 -o gap.safetensors',
      'one method, folds by patient',
    ],
  ]);
  addOutOption(command, '<file>', '.safetensors file to write');
  addValueOptions(command);
  addGpuOptions(command).action((images: string, texts: string, options: FitCommandOptions) => {
    checkUsed(command, options);
    expectValuesRead(command, options);
    return fitCommand(images, texts, options, session);
  });
}

/** @throws {UsageError} for options that would be ignored */
function checkUsed(command: Command, { method, folds, pairBy }: FitCommandOptions): void {
  if (method === 'auto') {
    expectNotGiven(command, ['strength'], 'needs a --method: auto chooses the strength too');
  }
  if (pairBy === 'none') {
    const reason =
      'has no effect with --pair-by none: without pairs nothing is judged; leave one of them out';
    expectNotGiven(command, ['folds', 'labels'], reason);
  }
  if (folds === 0 && method !== 'auto') {
    expectNotGiven(
      command,
      ['labels'],
      'has no effect with --folds 0: nothing is judged; leave one of them out',
    );
  }
}

async function fitCommand(
  imagesPath: string,
  textsPath: string,
  options: FitCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const output = new Output(io, options);
  const { out } = options;
  await checkOutputFile(out, options);
  try {
    const rows = await readClosingRows(imagesPath, textsPath, options, session, output);
    await withGpu(options, async (gpu) => {
      const provenance = provenanceOf(session, { seed: options.seed, gpu: gpu.info, ...rows.facts });
      const closing = await writeTogether(
        dirname(out),
        async (write) => {
          const fitted = await fitGapClosing(
            closingHost(gpu),
            rows,
            fitOptions(rows, options, output, signal),
          );
          const bytes = await fitted.toBytes({ metadata: { provenance: JSON.stringify(provenance) } });
          await write(basename(out), (sink) => sink.write(bytes));
          return fitted;
        },
        overwriting(options),
      );
      report(closing, { out, adapter: gpu.info.description, provenance }, output);
    });
  } finally {
    output.progress.end();
  }
}

function fitOptions(
  { groups, labels, model }: ReadClosingRows,
  { method, strength, folds, seed, pairBy }: FitCommandOptions,
  output: Output,
  signal: AbortSignal,
) {
  const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) =>
    output.progress.update(stage, done, total);
  return { method, strength, groups, labels, model, folds, seed, pairBy, signal, onProgress };
}

function report(
  { report }: GapClosing,
  { out, ...run }: { readonly out: string; readonly adapter: string; readonly provenance: Provenance },
  output: Output,
): void {
  output.result({ out, ...report, ...run }, `${closingText(report)}\nwritten: ${out}`);
}
