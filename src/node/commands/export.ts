import { basename, dirname, extname } from 'node:path';
import { type Command, Option } from 'commander';
import type { ByteSink } from '../../../weights/sinks.ts';
import { addExamples } from '../cli/examples.ts';
import { addOutOption, checkOutputFile, type ForceOption, overwriting } from '../cli/out-option.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addOutputOptions } from '../cli/with-model.ts';
import { UsageError } from '../errors.ts';
import { copyLines, copyStatement, createTable } from '../export/copy-text.ts';
import { type ExportedRows, readExported } from '../export/exported-rows.ts';
import type { RowsFile } from '../manifest.ts';
import { fileDigests } from '../npy-vectors.ts';
import { provenanceOf } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';

interface ExportCommandOptions extends OutputOptions, ForceOption {
  readonly out?: string;
  readonly lancedb?: string;
  readonly table: string;
  readonly rows: RowsFile | 'both';
}

const ENDINGS = ['.parquet', '.npz', '.safetensors', '.sql', '.copy'] as const;
type Ending = (typeof ENDINGS)[number];
const PIECE_CHARACTERS = 1 << 20;

export function registerExport(program: Command, session: Session): void {
  const command = program
    .command('export')
    .summary('write embeddings for other programs')
    .description(
      'Write rows with id, modality, caption, path, label and group: as Parquet, .npz or .safetensors, which all commands on vectors ' +
        'read again, as SQL or COPY text for PostgreSQL with pgvector, or into a LanceDB database.',
    )
    .argument('<embeddings>', `directory that embed or study wrote, or ${VECTOR_FILES}`)
    .addOption(new Option('--rows <kind>', 'which rows').choices(['images', 'texts', 'both']).default('both'))
    .option('--lancedb <dir>', 'LanceDB database to write into, in place of --out')
    .option('--table <name>', 'table in the database', 'embeddings');
  addExamples(command, [
    ['export out -o rows.parquet', 'images and texts, with what is known of them'],
    ['export out -o rows.sql --table scans', 'for psql -f rows.sql, into a table with a pgvector column'],
    ['export out --rows images --lancedb archive.lancedb', 'the images into a LanceDB database'],
  ]);
  addOutOption(command, '<file>', 'file to write: .parquet, .npz, .safetensors, .sql or .copy', {
    optional: true,
  });
  addOutputOptions(command).action((source: string, options: ExportCommandOptions) => {
    const isDatabase = options.lancedb !== undefined || /\.(sql|copy)$/.test(options.out ?? '');
    if (!isDatabase)
      expectNotGiven(command, ['table'], 'is for databases: .sql, .copy and --lancedb; leave it out');
    return exportCommand(source, options, session);
  });
}

async function exportCommand(source: string, options: ExportCommandOptions, session: Session): Promise<void> {
  const { out, lancedb, table, rows, force = false } = options;
  const output = new Output(session.io, options);
  if ((out === undefined) === (lancedb === undefined)) {
    throw new UsageError('pass --out or --lancedb: one of them says where the rows go');
  }
  const ending = out === undefined ? undefined : endingOf(out);
  if (out !== undefined) await checkOutputFile(out, options);
  const exported = await readExported(source, rows === 'both' ? ['images', 'texts'] : [rows]);
  const { count, dim, manifest, files } = exported;
  if (lancedb !== undefined) {
    const { writeLanceDb } = await import('../export/lancedb.ts');
    await writeLanceDb(lancedb, table, exported, { overwrite: force });
  } else if (out !== undefined && ending !== undefined) {
    const fill = (sink: ByteSink) => write(sink, ending, exported, table);
    await writeTogether(dirname(out), (toFile) => toFile(basename(out), fill), overwriting(options));
  }
  const provenance = provenanceOf(session, {
    ...(manifest && { model: { name: manifest.model, fingerprint: manifest.fingerprint } }),
    inputs: await fileDigests(files),
  });
  const place = lancedb === undefined ? (out ?? '') : `${lancedb}, table ${table}`;
  const text = `${count.toLocaleString('en')} rows x ${dim}: ${place}`;
  const sql = ending === '.copy' ? { createTable: createTable(table, dim), copy: copyStatement(table) } : {};
  output.result(
    {
      ...{ out: out ?? null, lancedb: lancedb ?? null, rows: count, dim },
      ...{ kinds: exported.sets.map(({ kind }) => kind ?? null), ...sql, provenance },
    },
    [text, ...Object.values(sql)].join('\n'),
  );
}

function endingOf(out: string): Ending {
  const ending = ENDINGS.find((known) => known === extname(out));
  if (ending) return ending;
  throw new UsageError(
    `--out ${out}: the name must end in ${ENDINGS.slice(0, -1).join(', ')} or ${ENDINGS.at(-1)}`,
  );
}

async function write(sink: ByteSink, ending: Ending, rows: ExportedRows, table: string): Promise<void> {
  if (ending === '.parquet') {
    const { writeParquet } = await import('../../rows-files/write-parquet.ts');
    return writeParquet(sink, rows);
  }
  if (ending === '.npz' || ending === '.safetensors') {
    const { npzPieces, tensorPieces } = await import('../../rows-files/write-containers.ts');
    for await (const piece of ending === '.npz' ? npzPieces(rows) : tensorPieces(rows))
      await sink.write(piece);
    return;
  }
  const isScript = ending === '.sql';
  const before = [
    `-- ${rows.count} rows of ${rows.dim} dimensions for PostgreSQL with pgvector: psql DATABASE -f FILE`,
    ...["SET client_encoding = 'UTF8';", createTable(table, rows.dim), copyStatement(table), ''],
  ].join('\n');
  let text = isScript ? before : '';
  for (const line of copyLines(rows)) {
    text += `${line}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    await sink.write(Buffer.from(text));
    text = '';
  }
  await sink.write(Buffer.from(isScript ? `${text}\\.\n` : text));
}
