import type { Embeddings } from '../../embeddings.ts';
import { type Pairing, pairRows } from '../../metrics/gap/pairing.ts';
import { selectRows } from '../../metrics/vectors.ts';
import { someOf } from '../image-files.ts';
import type { Output } from './session.ts';

/** Ids without a partner. */
export interface AloneIds {
  readonly images: readonly string[];
  readonly texts: readonly string[];
}

/** Images and texts that belong together, row by row. */
export interface PairedRows {
  readonly images: Embeddings;
  readonly texts: Embeddings;
  /** Index of each row in the input. */
  readonly rows: Pick<Pairing, 'images' | 'texts'>;
  /** What was left out. */
  readonly alone: AloneIds;
}

/**
 * Pairs rows by their ids, in the images' order, and leaves out those that have no partner.
 * @throws {PairIdsError} where no id is on both sides, or an id has several images and a different number of texts
 */
export function pairByIds(images: Embeddings, texts: Embeddings): PairedRows {
  const [imageIds, textIds] = [new Set(images.ids), new Set(texts.ids)];
  const kept = {
    images: rowsWith(images.ids, textIds),
    texts: rowsWith(texts.ids, imageIds),
  };
  const none = kept.images.length === 0;
  const pairing = none
    ? pairRows(images, texts, 'ids')
    : pairRows(selectRows(images, kept.images), selectRows(texts, kept.texts), 'ids');
  const rows = {
    images: pairing.images.map((row) => kept.images[row] ?? row),
    texts: pairing.texts.map((row) => kept.texts[row] ?? row),
  };
  return {
    images: selectRows(images, rows.images),
    texts: selectRows(texts, rows.texts),
    rows,
    alone: {
      images: [...imageIds].filter((id) => !textIds.has(id)),
      texts: [...textIds].filter((id) => !imageIds.has(id)),
    },
  };
}

/** Says which rows have no partner. */
export function warnOfAlone(output: Output, { images, texts }: AloneIds): void {
  if (images.length > 0) output.warn(`left out, having no text of their id: ${someOf(images, 'image')}`);
  if (texts.length > 0) output.warn(`left out, having no image of their id: ${someOf(texts, 'text')}`);
}

function rowsWith(ids: readonly string[], partners: ReadonlySet<string>): number[] {
  return ids.flatMap((id, row) => (partners.has(id) ? [row] : []));
}
