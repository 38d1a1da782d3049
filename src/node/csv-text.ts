type Cell = string | number | undefined;

/** A table as RFC 4180 has it, with LF. */
export function csv(header: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${csvLine(row)}\n`).join('');
}

/** A row of it, without its line end. */
export function csvLine(row: readonly Cell[]): string {
  return row.map(field).join(',');
}

/** Text that a spreadsheet would run as a formula; numbers are not matched. */
const FORMULA = /^[=+\-@\t\r]/;

/** A field by RFC 4180. Text that would be a formula gets an apostrophe, which marks it as text. */
function field(value: Cell): string {
  const plain = String(value ?? '');
  const text = FORMULA.test(plain) && !Number.isFinite(Number(plain)) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
