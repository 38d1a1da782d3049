import type { SearchHit } from '../../metrics/search/search-index.ts';
import type { SimilarityTopK } from '../../metrics/similarity/similarity.ts';
import { csv } from '../csv-text.ts';
import type { RowDescription } from '../embedded-rows.ts';
import { floatText } from '../float-text.ts';

/** A row that was found, with what is known of it. */
export interface FoundRow extends RowDescription {
  readonly rank: number;
  readonly id: string;
  readonly row: number;
  readonly cosine: number;
}

/** What was found for one query. */
export interface FoundRows {
  readonly query: string;
  /** The most alike first. */
  readonly hits: readonly FoundRow[];
}

export function foundRows(
  queries: readonly string[],
  hits: readonly (readonly SearchHit[])[],
  describe: (row: number) => RowDescription,
): FoundRows[] {
  return queries.map((query, i) => ({
    query,
    hits: (hits[i] ?? []).map(({ id, row, cosine }, place) => ({
      ...{ rank: place + 1, id, row, cosine },
      ...describe(row),
    })),
  }));
}

/** One list a query. */
export function hitsOf(
  { indices, values, rows, k }: SimilarityTopK,
  idOf: (row: number) => string | undefined,
): SearchHit[][] {
  return Array.from({ length: rows }, (_, query) =>
    Array.from({ length: k }, (_, place) => {
      const row = indices[query * k + place] ?? 0;
      return { id: idOf(row) ?? '', row, cosine: values[query * k + place] ?? 0 };
    }),
  );
}

export function resultsCsv(results: readonly FoundRows[]): string {
  return csv(
    ['query', 'rank', 'id', 'row', 'cosine', 'caption', 'path'],
    results.flatMap(({ query, hits }) =>
      hits.map(({ rank, id, row, cosine, caption, path }) => [
        query,
        rank,
        id,
        row,
        floatText(cosine),
        caption,
        path,
      ]),
    ),
  );
}

/** For a terminal: a caption's line ends would break the table. */
export function resultsText(results: readonly FoundRows[]): string {
  return results
    .map(({ query, hits }) => {
      const width = Math.max(0, ...hits.map(({ id }) => id.length));
      const lines = hits.map(({ id, cosine, caption = '' }) =>
        `${cosine.toFixed(4).padStart(7)}  ${id.padEnd(width)}  ${caption.replace(/\s+/g, ' ')}`.trimEnd(),
      );
      return [query, ...lines].join('\n');
    })
    .join('\n\n');
}
