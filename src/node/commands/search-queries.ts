import { extname } from 'node:path';
import type { BiomedClip } from '../../api.ts';
import { closeRows } from '../../closing/affine-map.ts';
import type { ClosingMaps } from '../../closing-data.ts';
import type { Gpu } from '../../device/gpu.ts';
import { hasImageEnding } from '../../image/endings.ts';
import type { WindowChoice } from '../../image/source.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { TABLE_ENDINGS } from '../../tables/captions.ts';
import { readCaptions } from '../captions.ts';
import { captionsReading, type TextOptions } from '../cli/caption-options.ts';
import { expectNoUrls, type ImageOptions } from '../cli/image-options.ts';
import type { Output, Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { imageAddress } from '../image-address.ts';
import { chosenFrames } from '../image-frames.ts';
import { IdentifiedImages } from '../image-identity.ts';
import { listDigest } from '../provenance.ts';

export const QUERY_KINDS = ['text', 'image', 'file'] as const;
export type QueryKind = (typeof QUERY_KINDS)[number];

/** What is looked for: an image, or frames of one; or texts. */
export type Queries =
  | { readonly kind: 'images'; readonly names: readonly string[] }
  | { readonly kind: 'texts'; readonly names: readonly string[] };

/**
 * What an argument means, by its ending unless `--as` says it: an image, a file of queries, or the text itself.
 * @throws {UrlNotAllowedError} @throws {BiomedClipError} what reading the file of queries throws
 */
export async function queriesOf(
  argument: string,
  options: ImageOptions & TextOptions & { readonly as?: QueryKind },
  session: Session,
): Promise<Queries> {
  const kind = options.as ?? kindOf(argument);
  if (kind === 'text') return { kind: 'texts', names: [argument] };
  if (kind === 'image') {
    expectNoUrls([argument], options);
    return { kind: 'images', names: await chosenFrames([argument], options) };
  }
  const { captions } = await readCaptions(await inputOf(argument, session), captionsReading(options));
  return { kind: 'texts', names: captions.map(({ text }) => text) };
}

function kindOf(argument: string): QueryKind {
  const ending = extname(argument).toLowerCase();
  if (argument === '-' || ['.txt', ...TABLE_ENDINGS].some((known) => known === ending)) return 'file';
  return hasImageEnding(imageAddress(argument).file) ? 'image' : 'text';
}

/** The rows of queries `[n, D]`, closed if the searched rows are, and the digest of what they were made of. */
export async function embedQueries(
  model: BiomedClip,
  { kind, names }: Queries,
  { window, maps, gpu }: { readonly window?: WindowChoice; readonly maps?: ClosingMaps; readonly gpu: Gpu },
  { signal }: Session,
  output: Output,
): Promise<{ readonly rows: Vectors; readonly digest: string }> {
  const read = new IdentifiedImages();
  const result = await model.embedBatch(
    kind === 'texts'
      ? { texts: names }
      : { images: names.map((path, i) => read.named(i, path, { id: path, window })) },
    {
      signal,
      onWarning: ({ message }) => output.warn(message),
      onProgress: ({ done, total }) => output.progress.update('embedding queries', done, total),
    },
  );
  for (const i of result.truncated) output.warn(`query ${i + 1} is longer than the model's context, and cut`);
  const rows = maps ? await closeRows(gpu, 'the query', maps[kind], result[kind]) : result[kind];
  const parts = kind === 'texts' ? names : names.map((_, i) => read.identityOf(i).sha256 ?? '');
  return { rows, digest: listDigest(parts) };
}
