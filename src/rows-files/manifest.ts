import { isJsonObject } from '../arguments.ts';
import { RowsFormatError } from './errors.ts';

/** Of the metadata of Parquet and safetensors: the manifest of `export`. */
export const MANIFEST_KEY = 'biomedclip_webgpu';
/** The same in a .npz, of which NumPy gives it as bytes. */
export const MANIFEST_MEMBER = 'manifest.json';

/** @throws {RowsFormatError} */
export function parsedManifest(file: string, json: string): Readonly<Record<string, unknown>> {
  const fail = (options?: ErrorOptions) =>
    new RowsFormatError(file, 'the manifest in it is no JSON object; export it again', options);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw fail({ cause });
  }
  if (!isJsonObject(value)) throw fail();
  return value;
}

/** The ids that a manifest gives the rows of a kind, if it has as many. */
export function idsOf(manifest: unknown, kind: string, rows: number): readonly string[] | undefined {
  const list = isJsonObject(manifest) ? manifest[kind] : undefined;
  if (!Array.isArray(list) || list.length !== rows) return undefined;
  const ids = list.map((entry: unknown) => (isJsonObject(entry) ? entry.id : undefined));
  return ids.every((id) => typeof id === 'string') ? ids : undefined;
}
