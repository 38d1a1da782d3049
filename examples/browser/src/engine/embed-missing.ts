import type { BiomedClip, BiomedClipError, EmbedOptions, SkippedInput } from 'biomedclip-webgpu';
import { OtherFramesError, UnusedBitsError } from 'biomedclip-webgpu';
import type { KnownRows } from '../keep/known-rows.ts';
import type { Vectors, Wanted } from './types.ts';

/** Rows of pairs, by the pairs' places. */
export interface PairRows {
  readonly images: ReadonlyMap<number, Float32Array>;
  readonly texts: ReadonlyMap<number, Float32Array>;
  /** By their places among the pairs. */
  readonly skipped: readonly Pick<SkippedInput, 'kind' | 'index' | 'error'>[];
  /** Captions that were cut to the model's context. */
  readonly truncated: readonly number[];
  /** Images of which there was a warning. */
  readonly warned: readonly number[];
}

/** Embeds the images and texts that are not known. */
export async function embedMissing(
  model: BiomedClip,
  { pairs, window }: Pick<Wanted, 'pairs' | 'window'>,
  known: KnownRows,
  { onWarning, ...options }: EmbedOptions,
): Promise<PairRows> {
  const without = (rows: KnownRows['images']) => pairs.flatMap((_, i) => (rows[i] ? [] : [i]));
  const missing = { images: without(known.images), texts: without(known.texts) };
  const warned = new Set<string>();
  const inputs = {
    images: missing.images.flatMap((i) => {
      const pair = pairs[i];
      return pair ? [{ id: pair.id, source: pair.image, window }] : [];
    }),
    texts: missing.texts.flatMap((i) => {
      const pair = pairs[i];
      return pair ? [{ id: pair.id, text: pair.caption }] : [];
    }),
  };
  const nothing = { images: NO_ROWS, texts: NO_ROWS, skipped: [], truncated: [] };
  const embedded =
    inputs.images.length + inputs.texts.length === 0
      ? nothing
      : await model.embedBatch(inputs, {
          ...options,
          onError: 'skip',
          onWarning: (warning) => {
            for (const id of idsOf(warning)) warned.add(id);
            onWarning?.(warning);
          },
        });
  const skipped = embedded.skipped.map(({ kind, index, error }) => {
    return { kind, index: missing[`${kind}s`][index] ?? index, error };
  });
  const rowsOf = (side: 'image' | 'text') => {
    const rows = new Map<number, Float32Array>();
    for (const [i, row] of known[`${side}s`].entries()) if (row) rows.set(i, row);
    const lost = new Set(skipped.filter(({ kind }) => kind === side).map(({ index }) => index));
    const present = missing[`${side}s`].filter((i) => !lost.has(i));
    const { data, dim } = embedded[`${side}s`];
    for (const [at, i] of present.entries()) rows.set(i, data.subarray(at * dim, (at + 1) * dim));
    return rows;
  };
  return {
    images: rowsOf('image'),
    texts: rowsOf('text'),
    skipped,
    truncated: embedded.truncated.flatMap((at) => missing.texts[at] ?? []),
    warned: missing.images.filter((i) => warned.has(pairs[i]?.id ?? '')),
  };
}

const NO_ROWS: Vectors = { data: new Float32Array(), rows: 0, dim: 0 };

function idsOf(warning: BiomedClipError): string[] {
  const isOfImages = warning instanceof UnusedBitsError || warning instanceof OtherFramesError;
  return isOfImages ? warning.images.map(({ id }) => id) : [];
}
