import { CsvError, type Info, parse } from 'csv-parse/sync';

/** A row of a CSV, and the line that it ends on. */
export interface CsvRow {
  readonly record: string[];
  readonly info: Info;
}

/** Makes the error for a row that cannot be read. */
type Failure = (line: number, reason: string, options: ErrorOptions) => Error;

/** The rows of a CSV, the header too. Empty lines are no rows. */
export function csvRows(text: string, advice: string, failure: Failure): CsvRow[] {
  try {
    // Field types are not inferred, so every record is an array of strings.
    return parse(text, {
      info: true,
      record_delimiter: ['\r\n', '\n'],
      skip_empty_lines: true,
    }) as unknown as CsvRow[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw failure(Number(cause.lines ?? 1), reasonOf(cause, advice), { cause });
  }
}

function reasonOf(error: CsvError, advice: string): string {
  if (error.code !== 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') return error.message;
  const fields = Array.isArray(error.record) ? error.record.length : 'another number of';
  return `has ${fields} fields, not as many as the header; ${advice}`;
}
