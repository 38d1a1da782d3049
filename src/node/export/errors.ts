import { BiomedClipError } from '../../errors.ts';

/** A text that a database cannot hold. */
export class ExportTextError extends BiomedClipError {
  static override readonly name: string = 'ExportTextError';

  constructor(
    readonly column: string,
    /** Counted from 0, within its modality. */
    readonly row: number,
  ) {
    super(`row ${row}: its ${column} has a NUL, which PostgreSQL's text cannot hold; remove it`);
  }
}

/** A table that is in the database already. */
export class ExportTableError extends BiomedClipError {
  static override readonly name: string = 'ExportTableError';

  constructor(
    readonly database: string,
    readonly table: string,
  ) {
    super(`${database}: has a table ${table}; pass --force to replace it, or name another by --table`);
  }
}
