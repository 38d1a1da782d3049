import { basename, dirname, extname } from 'node:path';
import { checkOutputFile, type ForceOption, type FormatOption, overwriting } from '../cli/out-option.ts';
import type { OutputOptions, Session } from '../cli/session.ts';
import { stdoutSink } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';
import { writeTogether } from '../staged-files.ts';

/** Where a result goes as text. */
export interface TextTarget {
  /** Writes what `text` makes for the format; the file appears under its name once complete. */
  readonly write: (text: (target: { readonly format: string }) => string | Promise<string>) => Promise<void>;
}

/**
 * Checks `--out` before the work, if it is given: a file, or `-` for standard output.
 * @param formats endings without the point, the first for standard output where none is named
 * @throws {UsageError} for another ending @throws {OutputWriteError} @throws {OutputExistsError} without `--force`
 */
export async function textTarget(
  options: OutputOptions & ForceOption & FormatOption,
  formats: readonly string[],
  { io }: Session,
): Promise<TextTarget | undefined> {
  const { out } = options;
  if (out === undefined) return undefined;
  if (out === '-') {
    const format = options.format ?? formats[0] ?? '';
    return { write: async (text) => stdoutSink(io).write(Buffer.from(await text({ format }))) };
  }
  const format = extname(out).slice(1);
  if (!formats.includes(format)) {
    const endings = formats.map((name) => `.${name}`);
    throw new UsageError(
      `--out ${out}: the name must end in ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}`,
    );
  }
  await checkOutputFile(out, options);
  return {
    write: (text) =>
      writeTogether(
        dirname(out),
        async (write) => {
          const bytes = Buffer.from(await text({ format }));
          await write(basename(out), (sink) => sink.write(bytes));
        },
        overwriting(options),
      ),
  };
}
