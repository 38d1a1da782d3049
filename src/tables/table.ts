/** A table with named columns. */
export interface Table {
  /** For messages. */
  readonly file: string;
  /** As written, without white space around; a column may have no name. */
  readonly columns: readonly string[];
  /** The header's; undefined in a file that has no lines. */
  readonly line: number | undefined;
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** Counted from 1: that on which the row ends, or of JSON begins. */
  readonly line: number;
  /** One a column: text, or of JSON any value. */
  readonly cells: readonly unknown[];
}
