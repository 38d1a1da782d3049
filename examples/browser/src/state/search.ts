import { signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Neighbours, Query } from '../engine/types.ts';
import { mapStep, perplexity } from './map.ts';
import { report } from './messages.ts';

export interface SearchResult extends Neighbours {
  /** The text, or the image's name. */
  readonly name: string;
  /** Where the query would lie in the map that was there. */
  readonly place?: Float32Array;
}

const RESULTS = 5;

export const searchResult = signal<SearchResult | undefined>(undefined);
export const searching = signal(false);

export async function search(query: Query): Promise<void> {
  searching.value = true;
  const embedding = mapStep.value?.embedding;
  try {
    const found = await engine().search(
      query,
      RESULTS,
      embedding && { embedding, perplexity: perplexity.value },
    );
    searchResult.value = { ...found, name: query.kind === 'text' ? query.text : query.name };
  } catch (error) {
    report(error);
  } finally {
    searching.value = false;
  }
}
