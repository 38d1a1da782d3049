import type { Neighbours } from '../engine/types.ts';
import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';

interface NeighbourListsProps {
  readonly found: Neighbours;
  /** Headings, of the images and of the texts. */
  readonly names: { readonly images: string; readonly texts: string };
}

/** The nearest images and the nearest texts, the best first. */
export function NeighbourLists({ found, names }: NeighbourListsProps) {
  return (
    <div class="neighbour-lists">
      {(['images', 'texts'] as const).map((kind) => (
        <div key={kind}>
          <h3>{names[kind]}</h3>
          <ol>
            {found[kind].map(({ point, cosine }) => (
              <li key={`${point.modality} ${point.pair}`}>
                <PointChip point={point} value={shown(cosine)} valueName="cosine" />
              </li>
            ))}
          </ol>
        </div>
      ))}
    </div>
  );
}
