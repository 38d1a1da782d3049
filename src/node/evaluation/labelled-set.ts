import type { EmbeddedRows } from '../embedded-rows.ts';

/** An image with its class. */
export interface LabelledItem {
  readonly id: string;
  /** Address of the image, or where it was embedded from. */
  readonly path: string;
  readonly label?: string;
  readonly group?: string;
}

/** Images of which most have a class. */
export interface LabelledSet {
  /** For messages and results, without private paths. */
  readonly source: string;
  readonly items: readonly LabelledItem[];
  /** What was left out or assumed, as sentences. */
  readonly notes: readonly string[];
  /** The embeddings of the items, where they are embedded already. */
  readonly embedded?: EmbeddedRows;
  /** Where that lies. */
  readonly directory?: string;
}
