import { gapCsv } from '../../metrics/gap/table.ts';
import { csv } from '../csv-text.ts';
import { withoutHome } from '../provenance.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { MATRIX_PAIRS, type Measures } from './measure.ts';

/** The CSV files of a study by name; undefined for one that would be too large. */
export function studyTables({ pairs }: EmbeddingSet, measures: Measures): Map<string, string | undefined> {
  const ids = pairs.map(({ id }) => id);
  const small = ids.length <= MATRIX_PAIRS;
  return new Map([
    ['pairs.csv', pairTable({ pairs }, measures)],
    ['distances.csv', small ? distanceTable(ids, measures) : undefined],
    ['cosines.csv', small ? cosineTable(ids, measures) : undefined],
    ['tsne.csv', mapTable(ids, measures)],
    ['gap.csv', `${gapCsv(measures.gap).join('\n')}\n`],
  ]);
}

/** One row a pair: its distance, and how it ranks among all. */
function pairTable({ pairs }: Pick<EmbeddingSet, 'pairs'>, { imageToText, textToImage }: Measures): string {
  const header = [
    ...[
      'id',
      'image',
      'caption',
      'label',
      'distance',
      'rank_of_caption',
      'nearest_caption',
      'distance_to_it',
    ],
    ...['rank_of_image', 'nearest_image', 'distance_to_that'],
  ];
  const rows = pairs.map(({ id, path, caption, label }, i) => [
    ...[id, withoutHome(path), caption, label, decimal(imageToText.own[i])],
    ...[imageToText.rank[i], pairs[imageToText.nearest[i] ?? i]?.id, decimal(imageToText.nearestDistance[i])],
    ...[textToImage.rank[i], pairs[textToImage.nearest[i] ?? i]?.id, decimal(textToImage.nearestDistance[i])],
  ]);
  return csv(header, rows);
}

/** Euclidean distances, images down, texts across. */
function distanceTable(ids: readonly string[], { distances }: Measures): string {
  const n = ids.length;
  const rows = ids.map((id, i) => [id, ...ids.map((_, j) => decimal(distances[i * 2 * n + n + j]))]);
  return csv(['image', ...ids.map((id) => `text:${id}`)], rows);
}

/** Cosines of all images, then all texts, with themselves. */
function cosineTable(ids: readonly string[], { cosines }: Measures): string {
  const names = [...ids.map((id) => `image:${id}`), ...ids.map((id) => `text:${id}`)];
  const rows = names.map((name, i) => [name, ...names.map((_, j) => decimal(cosines[i * names.length + j]))]);
  return csv(['row', ...names], rows);
}

function mapTable(ids: readonly string[], { tsne }: Measures): string {
  const rows = [...ids, ...ids].map((id, i) => [
    id,
    i < ids.length ? 'image' : 'text',
    decimal(tsne.embedding[2 * i]),
    decimal(tsne.embedding[2 * i + 1]),
  ]);
  return csv(['id', 'modality', 'x', 'y'], rows);
}

/** Seven significant digits, the precision of f32; empty if there is no number. */
function decimal(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toPrecision(7)));
}
