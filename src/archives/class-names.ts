import { isJsonObject, parsedJson } from '../arguments.ts';

/**
 * The names of a column's classes, whose numbers are in it: Hugging Face data sets keep them under the key `huggingface`
 * beside the schema, as `info.features`. Undefined for a column of other values, and without the key.
 * @param column `label`, or of a column in another `meta.label`
 */
export function classNames(huggingface: string | undefined, column: string): readonly string[] | undefined {
  let node: unknown = parsedJson(huggingface ?? 'null');
  for (const key of ['info', 'features', ...column.split('.')])
    node = isJsonObject(node) ? node[key] : undefined;
  if (!isJsonObject(node) || node._type !== 'ClassLabel' || !Array.isArray(node.names)) return undefined;
  return node.names.map(String);
}
