import { type Command, Option } from 'commander';
import { addCaptionOptions, OF_CAPTIONS } from '../cli/caption-options.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions } from '../cli/image-options.ts';
import { nameList } from '../cli/model-names.ts';
import { integer, positiveInteger, positiveNumber } from '../cli/number-options.ts';
import { addOutOption } from '../cli/out-option.ts';
import type { Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addModelOptions } from '../cli/with-model.ts';
import type { StudyOptions } from '../study/study-options.ts';

/** Options that only embedding heeds. */
const OF_EMBEDDING = [
  ...['model', 'config', 'imageSize', 'dtype', 'first', 'batchSize', 'onError', 'window', 'allowUrls'],
  ...[...OF_CAPTIONS, 'labelFrom', 'groupFrom'],
];

interface SeveralModels extends Omit<StudyOptions, 'model'> {
  readonly model?: readonly string[];
  readonly names?: readonly string[];
}

export function registerStudy(program: Command, session: Session): void {
  const command = program
    .command('study')
    .summary('measure and draw how images and their captions lie together')
    .description(
      'Embed pairs of images and captions, measure distances and the modality gap, map them by t-SNE, and write a ' +
        'report with pictures. Interrupted, the same command goes on where it was.',
    )
    .argument(
      '<sources...>',
      'table (.csv, .tsv, .json, .jsonl) of images and captions, a directory with such a captions.csv, or one that embed wrote; several of these to compare models; - for a table on stdin',
    )
    .option('--first <n>', 'only the first n rows', positiveInteger)
    .option('--batch-size <n>', 'at most so many images or texts in one GPU pass', positiveInteger)
    .addOption(
      new Option('--on-error <what>', 'what to do about an image that cannot be read')
        .choices(['skip', 'fail'])
        .default('fail'),
    )
    .option(
      '--perplexity <x>',
      't-SNE: about how many neighbours count (default: 30, less for few points)',
      positiveNumber,
    )
    .option('--max-iter <n>', 't-SNE: iterations (default: 1000)', positiveInteger)
    .option(
      '--closing <auto|file>',
      'whether the gap can be closed: by what held-out pairs recommend, or by what close-gap fit wrote',
    )
    .option(
      '--names <a,b>',
      'of several models (default: their own, or the names of their folders)',
      nameList,
    )
    .option('--seed <n>', 'seed of the bootstrap and the permutations (default: 0)', integer);
  addExamples(command, [
    [
      'study captions.csv -o report',
      'pairs that a CSV names; the same command goes on where it was interrupted',
    ],
    ['study out -o report', 'what embed wrote into out'],
    ['study captions.csv -o report -m one -m other', 'two models over the same pairs, in one report'],
    ['study out-a out-b -o report', 'the same of what embed wrote with each'],
    ['study captions.csv -o report --closing auto', 'whether the gap can be closed, too'],
  ]);
  addOutOption(command, '<dir>', 'directory to write report.html and its files into');
  addCaptionOptions(command);
  addImageOptions(command);
  addModelOptions(command, { several: true }).action(async (sources: string[], options: SeveralModels) => {
    // Imported here, so that other commands do not load the measures and plots.
    const { isEmbeddingDirectory } = await import('../study/embedding-set.ts');
    for (const source of sources) {
      if (!(await isEmbeddingDirectory(source))) continue;
      const reason = `has no effect: ${source} is embedded already; leave it out, or name the CSV of its pairs`;
      expectNotGiven(command, OF_EMBEDDING, reason);
    }
    const { model: models = [], names, ...rest } = options;
    if (sources.length > 1 || models.length > 1) {
      const reason = 'is for one model; leave it out, or study each model alone';
      expectNotGiven(command, ['closing', 'config'], reason);
      const { runComparison } = await import('../study/run-comparison.ts');
      return runComparison({ sources, models, names }, rest, session);
    }
    expectNotGiven(command, ['names'], 'is for several models; leave it out');
    const { runStudy } = await import('../study/run-study.ts');
    return runStudy(sources[0] ?? '', { ...rest, model: models[0] }, session);
  });
}
