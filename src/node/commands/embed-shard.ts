import { dirname } from 'node:path';
import type { BiomedClip } from '../../api.ts';
import { throwIfAborted } from '../../errors.ts';
import { PairIdsError } from '../../metrics/gap/errors.ts';
import { momentsOf } from '../../metrics/gap/shard-moments.ts';
import { memorySource } from '../../platform/given-file.ts';
import { expectNoUrls, type ImageOptions } from '../cli/image-options.ts';
import type { Output, Session } from '../cli/session.ts';
import { setOf } from '../export/exported-rows.ts';
import { imageAddress } from '../image-address.ts';
import { IdentifiedImages } from '../image-identity.ts';
import type { Manifest } from '../manifest.ts';
import { rowsProvenance } from '../rows-provenance.ts';
import { type PlannedImage, type PlannedInputs, together } from '../shards/cut.ts';
import { InputChangedError } from '../shards/errors.ts';
import { InputFiles, isOfThisMachine } from '../shards/input-facts.ts';
import type { ShardResult } from '../shards/ledger.ts';
import { momentsBytes } from '../shards/moments-file.ts';
import {
  type OpenedPlan,
  type PlannedShard,
  pathOfPlan,
  readShardRows,
  type VectorType,
} from '../shards/plan.ts';
import { pairedShard, resultEmbeddings } from '../shards/shard-pairs.ts';
import { type BatchOptions, embedInputs } from './embed-batch.ts';
import { arrangedRows, manifestOf } from './embed-rows.ts';

/** What embeds a shard. */
export interface ShardWork {
  readonly options: BatchOptions & ImageOptions;
  readonly session: Session;
  readonly model: BiomedClip;
  readonly output: Output;
}

/** An image of a shard. */
interface ShardImage extends PlannedImage {
  /** Where it lies on this machine. */
  readonly file: string;
  /** Its line in the plan's list, from 1 on. */
  readonly row: number;
}

export interface EmbeddedShard {
  readonly result: ShardResult;
  /** The SHA-256 of each row of images, and the image that it is of. */
  readonly rows: readonly { readonly sha256?: string; readonly image: ShardImage | undefined }[];
}

/**
 * Embeds a shard's rows as `embed` does, into one Parquet. The same inputs give the same bytes on the same adapter, whichever
 * machine and try it is.
 * @throws {InputChangedError} @throws {ShardPlanError} @throws {BiomedClipError} what embedding throws
 */
export async function embedShard(
  plan: OpenedPlan,
  shard: PlannedShard,
  { options, session, model, output }: ShardWork,
): Promise<EmbeddedShard> {
  const start = performance.now();
  const { images, texts, pairs } = await shardInputs(plan, shard);
  const placed = images.map(({ id, file }) => ({ id, path: file }));
  expectNoUrls(
    images.map(({ file }) => file),
    options,
  );
  await expectSameFiles(images);
  const read = new IdentifiedImages();
  const { window } = plan.recipe;
  const settings = { ...options, window };
  const embedded = await embedInputs({ images: placed, texts }, read, settings, session, model, output);
  throwIfAborted(session.signal);
  for (const { error } of embedded.skipped) if (isOfThisMachine(error)) throw error;
  await expectSameBytes(images, read);
  await expectSameFiles(images); // what was written again meanwhile
  const inputs = {
    ...{ images, texts, notes: [] },
    pairs: pairs.map((pair) => ({ ...pair, id: images[pair.image]?.id ?? '' })),
  };
  const arranged = arrangedRows(inputs, embedded);
  const { skipped, ...manifest } = manifestOf(inputs, read, { ...embedded, ...arranged }, model.info);
  const whole: Manifest = {
    ...manifest,
    ...{ model: plan.recipe.model, logitScale: model.info.logitScale, truncated: embedded.truncated.length },
    ...(window !== undefined && { window }),
    skipped: skipped.map(({ stamp: _, ...entry }) => entry), // stamps are of this machine
  };
  const parquet = await parquetOf(arranged, whole, plan.recipe.vectors);
  return {
    rows: whole.images.map(({ sha256 }, row) => ({
      sha256,
      image: images[arranged.inputs.images[row] ?? 0],
    })),
    result: {
      parquet,
      ...(await sumsOf(parquet, whole)),
      ...{ images: whole.images.length, texts: whole.texts.length, pairs: arranged.pairs },
      ...{ skipped: skipped.length, truncated: embedded.truncated.length },
      finished: new Date().toISOString(),
      seconds: Number(((performance.now() - start) / 1000).toFixed(3)),
      provenance: rowsProvenance(session, model.info, whole),
    },
  };
}

async function shardInputs(plan: OpenedPlan, shard: PlannedShard): Promise<PlannedInputs<ShardImage>> {
  const groups = await readShardRows(plan, shard);
  const folder = dirname(plan.file);
  const images = groups.flatMap((group, i) =>
    group.images.map((image) => ({
      ...image,
      file: pathOfPlan(image.path, folder),
      row: shard.line + i + 1,
    })),
  );
  return { ...together(groups), images };
}

/** @throws {InputChangedError} */
async function expectSameFiles(images: readonly ShardImage[]): Promise<void> {
  const files = new InputFiles();
  for (const image of images) await files.expectSame(image, image.file, image.row, true);
}

/** By what was read of each image. @throws {InputChangedError} */
async function expectSameBytes(images: readonly ShardImage[], read: IdentifiedImages): Promise<void> {
  const files = new InputFiles();
  for (const [i, image] of images.entries()) {
    const { sha256, etag, file, row } = image;
    const { sha256: now, stamp } = read.identityOf(i);
    if (now === undefined) await files.expectSame(image, file, row);
    else if (sha256 !== undefined && now !== sha256) {
      throw new InputChangedError(file, row, `its bytes had the SHA-256 ${sha256} and have ${now}`);
    } else if (etag !== undefined && imageAddress(file).member === undefined && stamp !== etag) {
      throw new InputChangedError(file, row, `its ETag was ${etag} and is ${stamp}`);
    }
  }
}

async function parquetOf(
  { images, texts }: ReturnType<typeof arrangedRows>,
  manifest: Manifest,
  vectors: VectorType,
): Promise<Uint8Array> {
  const { writeParquet } = await import('../../rows-files/write-parquet.ts');
  const pieces: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(bytes) };
  const sets = [
    { path: 'images', rows: images, origin: { manifest, kind: 'images' as const, file: '' } },
    { path: 'texts', rows: texts, origin: { manifest, kind: 'texts' as const, file: '' } },
  ];
  const filled = sets.filter(({ rows }) => rows.rows > 0).map(setOf);
  await writeParquet(sink, { sets: filled, manifest }, { vectors });
  return Buffer.concat(pieces);
}

/** What the shard adds to statistics of all: of its rows as they are stored. Ids that make no pairs are told by who pairs them. */
async function sumsOf(
  parquet: Uint8Array,
  { images, texts }: Manifest,
): Promise<Pick<ShardResult, 'moments' | 'alone'>> {
  const stored = memorySource('result.parquet', parquet);
  const imageRows = images.length > 0 ? await resultEmbeddings(stored, 'images') : undefined;
  const textRows = texts.length > 0 ? await resultEmbeddings(stored, 'texts') : undefined;
  try {
    const { pairs, alone } = pairedShard(imageRows?.rows, textRows?.rows);
    return { alone, ...(pairs && { moments: await momentsBytes(momentsOf(pairs)) }) };
  } catch (error) {
    if (error instanceof PairIdsError) return {};
    throw error;
  }
}
