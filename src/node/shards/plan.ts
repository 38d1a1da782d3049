import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { ByteSink } from '../../../weights/sinks.ts';
import type { Dtype } from '../../api.ts';
import { isJsonObject } from '../../arguments.ts';
import type { WindowChoice } from '../../image/source.ts';
import { openLocalFile } from '../files.ts';
import { isImageUrl } from '../image-files.ts';
import { REVISION } from '../manifest.ts';
import type { Provenance } from '../provenance.ts';
import { cut, groupsOf, type PlannedInputs } from './cut.ts';
import { ShardPlanError } from './errors.ts';

/** Increased when the same inputs are cut or written otherwise. */
const FORMAT = 1;

/** How vectors are stored in results. */
export const VECTOR_TYPES = ['f32', 'f16'] as const;
export type VectorType = (typeof VECTOR_TYPES)[number];

/** What the vectors of all shards depend on, besides the inputs. */
export interface ShardRecipe {
  /** As `modelName` gives it. */
  readonly model: string;
  /** SHA-256, `model.info.fingerprint`. */
  readonly fingerprint: string;
  readonly dtype: Dtype;
  readonly vectors: VectorType;
  /** `REVISION` of the version that planned. */
  readonly revision: number;
  /** The side of the images, where it is not the checkpoint's. */
  readonly imageSize?: number;
  /** The window for 16-bit grey, where one was asked for. */
  readonly window?: WindowChoice;
}

/** A shard's entry in the plan. */
export interface PlannedShard {
  /** SHA-256 of the recipe, the shard's rows and the format. */
  readonly id: string;
  /** Where its rows lie in the list: the first line, from 0 on, and bytes. */
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
  /** SHA-256 of these bytes. */
  readonly sha256: string;
  readonly images: number;
  readonly texts: number;
  readonly pairs: number;
}

/** The content of a plan's file. The rows lie in a list beside it, so that a worker reads those of its own shards alone. */
export interface ShardPlan {
  readonly format: number;
  /** SHA-256 of the shards' ids: equal plans have it equal, whoever made them. */
  readonly id: string;
  readonly recipe: ShardRecipe;
  readonly images: number;
  readonly texts: number;
  readonly pairs: number;
  /** The list's name, in the plan's folder. */
  readonly list: string;
  readonly shards: readonly PlannedShard[];
  readonly provenance?: Provenance;
}

/** The name of a plan's list: `plan.rows.jsonl` of `plan.json`. */
export function listName(plan: string): string {
  return `${plan.replace(/\.json$/i, '')}.rows.jsonl`;
}

/** Where an image is said to lie in a plan in `folder`. */
export function pathInPlan(path: string, folder: string): string {
  if (isImageUrl(path)) return path;
  const within = relative(resolve(folder), resolve(path));
  return within.startsWith('..') || resolve(within) === within ? resolve(path) : within.replaceAll(sep, '/');
}

/** Where that is on this machine. */
export function pathOfPlan(path: string, folder: string): string {
  return isImageUrl(path) ? path : resolve(folder, path);
}

/**
 * Cuts inputs into shards and writes their rows, a group of what belongs together a line.
 * @param rows the most images or texts of a shard
 * @param list the list's name
 */
export async function writeList(
  sink: ByteSink,
  inputs: PlannedInputs,
  recipe: ShardRecipe,
  { rows, list }: { readonly rows: number; readonly list: string },
): Promise<ShardPlan> {
  const shards: PlannedShard[] = [];
  let [line, offset] = [0, 0];
  for (const groups of cut(groupsOf(inputs), rows)) {
    const bytes = Buffer.from(groups.map(lineOf).join(''));
    await sink.write(bytes);
    const sha256 = sha256Of(bytes);
    const count = (kind: 'images' | 'texts' | 'pairs') =>
      groups.reduce((sum, group) => sum + group[kind].length, 0);
    const counts = { images: count('images'), texts: count('texts'), pairs: count('pairs') };
    shards.push({ id: shardId(recipe, sha256), line, offset, bytes: bytes.length, sha256, ...counts });
    line += groups.length;
    offset += bytes.length;
  }
  return {
    ...{ format: FORMAT, id: sha256Of(shards.map(({ id }) => `${id}\n`).join('')), recipe },
    ...{ images: inputs.images.length, texts: inputs.texts.length, pairs: inputs.pairs.length },
    ...{ list, shards },
  };
}

function lineOf({ images, texts, pairs }: PlannedInputs): string {
  return `${JSON.stringify({ images, texts, pairs: pairs.map(({ image, text }) => [image, text]) })}\n`;
}

/** The model's name is no part: a copy of a checkpoint elsewhere is the same checkpoint. */
function shardId(
  { fingerprint, dtype, vectors, revision, imageSize, window }: ShardRecipe,
  rows: string,
): string {
  return sha256Of(
    JSON.stringify([
      FORMAT,
      fingerprint,
      dtype,
      vectors,
      revision,
      imageSize ?? null,
      windowKey(window),
      rows,
    ]),
  );
}

function windowKey(window: WindowChoice | undefined): unknown {
  return typeof window === 'object' ? [window.low, window.high] : (window ?? null);
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A plan that was read, and where it lies. */
export interface OpenedPlan extends ShardPlan {
  /** Its file. */
  readonly file: string;
}

/** @throws {ShardPlanError} */
export async function readPlan(file: string): Promise<OpenedPlan> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ShardPlanError(file, 'cannot be read', { cause });
  });
  return planOf(bytes, file);
}

/** The plan that a file has. @throws {ShardPlanError} */
export function planOf(bytes: Uint8Array, file: string): OpenedPlan {
  let plan: unknown;
  try {
    plan = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new ShardPlanError(file, 'is no JSON', { cause });
  }
  if (!isJsonObject(plan) || !Array.isArray(plan.shards) || !isJsonObject(plan.recipe)) {
    throw new ShardPlanError(file, 'is no plan of shards');
  }
  if (plan.format !== FORMAT || plan.recipe.revision !== REVISION) {
    throw new ShardPlanError(file, 'is of another version of this package, which would embed otherwise');
  }
  const known = plan as unknown as ShardPlan; // its ids vouch for what they are made of
  const isWhole =
    known.id === sha256Of(known.shards.map(({ id }) => `${id}\n`).join('')) &&
    known.shards.every(({ id, sha256 }) => id === shardId(known.recipe, sha256));
  if (!isWhole) throw new ShardPlanError(file, 'its ids are not those of its content');
  return { ...known, file };
}

/**
 * The inputs of a shard, a group a line.
 * @throws {ShardPlanError} where the list is missing, or not the one that was planned
 */
export async function readShardRows(plan: OpenedPlan, shard: PlannedShard): Promise<PlannedInputs[]> {
  const path = join(dirname(plan.file), plan.list);
  const file = await openLocalFile(path);
  if (!file) throw new ShardPlanError(path, 'is missing, and has the rows of the plan beside it');
  try {
    const bytes =
      file.size < shard.offset + shard.bytes ? undefined : await file.read(shard.offset, shard.bytes);
    if (!bytes || sha256Of(bytes) !== shard.sha256) {
      throw new ShardPlanError(
        path,
        `is not the list of ${plan.file}: other rows from line ${shard.line + 1} on`,
      );
    }
    return new TextDecoder().decode(bytes).trimEnd().split('\n').map(groupOf);
  } finally {
    await file.close();
  }
}

/** Of a line whose digest was right. */
function groupOf(line: string): PlannedInputs {
  const { pairs, ...inputs } = JSON.parse(line) as Omit<PlannedInputs, 'pairs'> & {
    readonly pairs: readonly (readonly [number, number])[];
  };
  return { ...inputs, pairs: pairs.map(([image, text]) => ({ image, text })) };
}
