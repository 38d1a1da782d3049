import { type Command, Option } from 'commander';
import type { BiomedClip } from '../../api.ts';
import { type SearchRowsProgress, searchRows } from '../../metrics/search/search-rows.ts';
import { addTextOptions, type TextOptions } from '../cli/caption-options.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions, type ImageOptions } from '../cli/image-options.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { addOutOption, type ForceOption, type FormatOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { withGpu } from '../cli/with-gpu.ts';
import {
  addClosingOption,
  addModelOptions,
  type ClosingOption,
  type ModelOptions,
  namedClosing,
  withModel,
} from '../cli/with-model.ts';
import { closingEntry } from '../closing-file.ts';
import { type OpenedRows, openEmbeddedRows, rowDescriptions } from '../embedded-rows.ts';
import { UsageError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import type { RowsFile } from '../manifest.ts';
import { fileDigests } from '../npy-vectors.ts';
import { cautionOf, modelName, provenanceOf } from '../provenance.ts';
import { gpuOf } from '../rows-provenance.ts';
import { expectModelOfRows, modelOf } from './search-model.ts';
import { embedQueries, QUERY_KINDS, type QueryKind, queriesOf } from './search-queries.ts';
import { foundRows, hitsOf, resultsCsv, resultsText } from './search-results.ts';
import { searchShards } from './search-shards.ts';
import { contactSheet } from './search-sheet.ts';
import { expectClosing, openSpace } from './search-space.ts';
import { type TextTarget, textTarget } from './text-target.ts';

interface SearchCommandOptions
  extends ModelOptions,
    ImageOptions,
    TextOptions,
    ClosingOption,
    ForceOption,
    FormatOption {
  readonly topK?: number;
  readonly rows: RowsFile;
  readonly as?: QueryKind;
  readonly centre?: boolean;
  readonly shards?: string;
  readonly partial?: boolean;
}

const FORMATS = ['csv', 'json', 'html'];

export function registerSearch(program: Command, session: Session): void {
  const command = program
    .command('search')
    .summary('find the rows that fit a text or an image best')
    .description(
      'Search what embed wrote by its model: every row is compared. The query is an image if it ends like one, a file of ' +
        'queries if it ends in .txt or as a table does, else the text itself.',
    )
    .argument('<dir>', 'directory that embed or study wrote; with --shards the query')
    .argument('[query]', 'a text, an image, or a file of texts; - for such a file on stdin')
    .option(
      '--shards <dir>',
      'search what embed --shards wrote, shard by shard: a folder, or s3://BUCKET/PREFIX',
    )
    .option('--partial', 'of shards: search those that are done, though others are missing')
    .option('-n, --top-k <n>', 'rows for each query (default: 10, or all of fewer)', positiveInteger)
    .addOption(new Option('--rows <kind>', 'what is searched').choices(['images', 'texts']).default('images'))
    .addOption(new Option('--as <kind>', 'what the query is, whatever its ending').choices(QUERY_KINDS))
    .option('--centre', 'take the mean out of images and of texts first, which narrows the modality gap');
  addExamples(command, [
    ['search archive "chest X-ray"', 'the ten images that fit a text best'],
    ['search archive scan.png -n 50 -o alike.html', 'a contact sheet of the images most like another'],
    ['search archive queries.txt -o found.csv', 'many queries, one a line'],
    ['search --shards results "chest X-ray"', 'the shards of a plan, one in memory at a time'],
  ]);
  addOutOption(
    command,
    '<file>',
    'file to write: .csv, .json, or .html for a contact sheet; - for standard output',
    {
      optional: true,
      stdout: FORMATS,
    },
  );
  addTextOptions(command);
  addImageOptions(command);
  addClosingOption(command);
  addModelOptions(command).action(
    (directory: string, query: string | undefined, options: SearchCommandOptions) => {
      const { shards } = options;
      if (shards !== undefined) {
        expectNotGiven(command, ['closing', 'centre'], 'is not for --shards; leave it out');
        if (query !== undefined)
          throw new UsageError('--shards: its folder is searched; name the query alone');
        return searchShards(shards, directory, options, session);
      }
      expectNotGiven(command, ['partial'], 'is for --shards; leave it out');
      if (query === undefined) throw new UsageError('name the query after the directory');
      return searchCommand(directory, query, options, session);
    },
  );
}

async function searchCommand(
  directory: string,
  query: string,
  options: SearchCommandOptions,
  session: Session,
): Promise<void> {
  const target = await textTarget(options, FORMATS, session);
  const searched = await openEmbeddedRows(directory, options.rows);
  try {
    await searchIn(searched, { directory, query, target }, options, session);
  } finally {
    await searched.source.close();
  }
}

interface Asked {
  readonly directory: string;
  readonly query: string;
  readonly target: TextTarget | undefined;
}

async function searchIn(
  searched: OpenedRows,
  { directory, query, target }: Asked,
  options: SearchCommandOptions,
  session: Session,
): Promise<void> {
  const { out, topK, centre = false } = options;
  const closing = await namedClosing(options, session);
  expectClosing(searched, { closing, centre }, (message) => new Output(session.io, options).warn(message));
  const queries = await queriesOf(query, options, session);
  const model = await modelOf(searched, options, session);
  const find = async (loaded: BiomedClip, output: Output) => {
    expectModelOfRows(searched, model, loaded);
    const { hits, digest } = await withGpu(options, async (gpu) => {
      const { rows, maps } = await openSpace(gpu, directory, searched, { closing, centre });
      const window = options.window ?? searched.manifest.window;
      const embedded = await embedQueries(loaded, queries, { window, maps, gpu }, session, output);
      const onProgress = ({ done, total }: SearchRowsProgress) =>
        output.progress.update('comparing rows', done, total);
      const settings = { topK, signal: session.signal, onProgress };
      const found = await searchRows(gpu, embedded.rows, rows, settings, nodeHost);
      return { hits: hitsOf(found, (row) => searched.ids[row]), digest: embedded.digest };
    });
    const results = foundRows(queries.names, hits, rowDescriptions(searched));
    const inputs = {
      ...(await fileDigests({ [searched.kind]: searched.path })),
      queries: digest,
      ...(closing && { closing: closing.sha256 }),
    };
    const provenance = provenanceOf(session, { gpu: gpuOf(loaded.info), model: loaded.info, inputs });
    const { name, fingerprint, untrained, dtype, adapter } = loaded.info;
    const result = {
      provenance,
      ...{ model: modelName(name), fingerprint, untrained, dtype, adapter },
      ...(closing && { closing: closingEntry(closing) }),
      ...{ centre, searched: searched.ids.length, kind: searched.kind, results },
    };
    await target?.write(({ format }) => {
      if (format === 'html') return contactSheet(results, searched, provenance);
      return format === 'csv' ? resultsCsv(results) : `${JSON.stringify(result, null, 2)}\n`;
    });
    const caution = cautionOf({ name: modelName(name), untrained });
    const text =
      out === undefined
        ? resultsText(results)
        : `${results.length} ${results.length === 1 ? 'query' : 'queries'}, ${searched.ids.length} rows: ${out}`;
    output.result({ ...result, out: out ?? null }, caution === undefined ? text : `${text}\n(${caution})`);
  };
  await withModel(model, session, find);
}
