import { isJsonObject } from '../src/arguments.ts';
import { type FileDirectory, readText } from '../src/platform/files.ts';
import {
  MissingShardError,
  MissingShardTensorError,
  RepeatedTensorError,
  ShardIndexError,
} from './errors.ts';
import type { Checkpoint, TensorInfo } from './tensor-info.ts';
import { tensorForRange } from './tensor-range.ts';

/** Opens one weights file of a directory; undefined where there is none. */
type OpenFile = (file: string) => Promise<Checkpoint | undefined>;

/**
 * Opens weights in several files, by the index that Hugging Face's libraries write beside them: `{ weight_map: { tensor:
 * file } }`. Undefined where there is no such index.
 * @throws {ShardIndexError | MissingShardError | MissingShardTensorError | RepeatedTensorError} and what `openFile` throws
 */
export async function openSharded(
  directory: FileDirectory,
  index: string,
  openFile: OpenFile,
): Promise<Checkpoint | undefined> {
  const json = await readText(directory, index);
  if (json === undefined) return undefined;
  const name = `${directory.name}/${index}`;
  const places = placesOf(name, json);
  const shards = new Map<string, Checkpoint>();
  const close = async () => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    const missing: string[] = [];
    for (const file of new Set(places.values())) {
      const shard = await openFile(file);
      if (shard) shards.set(file, shard);
      else missing.push(file);
    }
    if (missing.length > 0) throw new MissingShardError(name, missing);
    return { ...joined(name, places, shards), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The files that an index names: tensor by tensor. @throws {ShardIndexError} */
function placesOf(name: string, json: string): Map<string, string> {
  let index: unknown;
  try {
    index = JSON.parse(json);
  } catch (cause) {
    throw new ShardIndexError(name, 'is not JSON', { cause });
  }
  const map = isJsonObject(index) ? index.weight_map : undefined;
  if (!isJsonObject(map)) throw new ShardIndexError(name, 'has no weight_map');
  return new Map(
    Object.entries(map).map(([tensor, file]) => {
      if (typeof file === 'string' && /^[\w-][\w.-]*$/.test(file)) return [tensor, file];
      throw new ShardIndexError(name, `must name files beside it, got ${JSON.stringify(file)} for ${tensor}`);
    }),
  );
}

function joined(
  name: string,
  places: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, Checkpoint>,
): Omit<Checkpoint, 'close'> {
  const owners = new Map<string, TensorInfo & { readonly file: string; readonly shard: Checkpoint }>();
  for (const [file, shard] of shards) {
    for (const [tensor, info] of shard.tensors) {
      const other = owners.get(tensor);
      if (other) throw new RepeatedTensorError(name, tensor, [other.file, file]);
      owners.set(tensor, { ...info, file, shard });
    }
  }
  for (const [tensor, file] of places) {
    if (!shards.get(file)?.tensors.has(tensor)) throw new MissingShardTensorError(name, tensor, file);
  }
  const tensors = new Map([...shards.values()].flatMap((shard) => [...shard.tensors]));
  return {
    file: name,
    format: [...shards.values()][0]?.format ?? 'safetensors',
    tensors,
    async read(tensor, offset, length) {
      return tensorForRange(name, owners, tensor, offset, length).shard.read(tensor, offset, length);
    },
  };
}
