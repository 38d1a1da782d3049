import { stat } from 'node:fs/promises';

/** A file, and what of it is meant. */
export interface RowsAddress {
  readonly path: string;
  /** An array, a tensor or a column. */
  readonly name?: string;
}

/** Takes `file#name` apart. A file of that whole name goes first. */
export async function rowsAddress(address: string): Promise<RowsAddress> {
  const at = address.lastIndexOf('#');
  if (at < 1 || (await exists(address))) return { path: address };
  const path = address.slice(0, at);
  return (await exists(path)) ? { path, name: address.slice(at + 1) } : { path: address };
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
