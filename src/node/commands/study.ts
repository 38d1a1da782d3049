import { type Command, Option } from 'commander';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions } from '../cli/image-options.ts';
import { integer, positiveInteger, positiveNumber } from '../cli/number-options.ts';
import { addOutOption } from '../cli/out-option.ts';
import type { Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addModelOptions } from '../cli/with-model.ts';
import type { StudyOptions } from '../study/study-options.ts';

/** Options that only embedding heeds. */
const OF_EMBEDDING = [
  'model',
  'config',
  'imageSize',
  'dtype',
  'first',
  'batchSize',
  'onError',
  'window',
  'allowUrls',
];

export function registerStudy(program: Command, session: Session): void {
  const command = program
    .command('study')
    .summary('measure and draw how images and their captions lie together')
    .description(
      'Embed pairs of images and captions, measure distances and the modality gap, map them by t-SNE, and write a ' +
        'report with pictures. Interrupted, the same command goes on where it was.',
    )
    .argument(
      '<source>',
      'CSV with the header image,caption, a directory with such a captions.csv, or one that embed wrote; - for a CSV on stdin',
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
    .option('--seed <n>', 'seed of the bootstrap and the permutations (default: 0)', integer);
  addExamples(command, [
    [
      'study captions.csv -o report',
      'pairs that a CSV names; the same command goes on where it was interrupted',
    ],
    ['study out -o report', 'what embed wrote into out'],
    ['study captions.csv -o report --closing auto', 'whether the gap can be closed, too'],
  ]);
  addOutOption(command, '<dir>', 'directory to write report.html and its files into');
  addImageOptions(command);
  addModelOptions(command).action(async (source: string, options: StudyOptions) => {
    // Imported here, so that other commands do not load the measures and plots.
    const { isEmbeddingDirectory } = await import('../study/embedding-set.ts');
    if (await isEmbeddingDirectory(source)) {
      const reason = `has no effect: ${source} is embedded already; leave it out, or name the CSV of its pairs`;
      expectNotGiven(command, OF_EMBEDDING, reason);
    }
    const { runStudy } = await import('../study/run-study.ts');
    await runStudy(source, options, session);
  });
}
