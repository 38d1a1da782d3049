import { shown } from '../parts/number.ts';
import { PairCard } from '../parts/pair-card.tsx';
import { Panel } from '../parts/panel.tsx';
import { focused, neighbours } from '../state/focus.ts';
import { distances, isImage, pairCount, pairOf, pairs } from '../state/pairs.ts';
import { selection, toggle } from '../state/selection.ts';
import { NeighbourLists } from './neighbour-lists.tsx';

/** The point that is looked at, and what is nearest to it in either modality. */
export function PointPanel() {
  const point = focused.value;
  return (
    <Panel id="point" title="Point and its neighbours">
      {point === undefined ? (
        <p class="hint">
          Click a point in the map, a row in the list or a search result to see what is nearest to it.
        </p>
      ) : (
        <PointDetails point={point} />
      )}
    </Panel>
  );
}

function PointDetails({ point }: { readonly point: number }) {
  const pair = pairOf(point);
  const found = neighbours.value;
  const image = isImage(point);
  return (
    <>
      <PairCard pair={pair} />
      <p class="muted">
        {image ? 'the image' : 'the text'}, label “{pairs.value[pair]?.label}”, distance to its partner{' '}
        {shown(distances.value[pair])}
      </p>
      <div class="row">
        <button
          type="button"
          onClick={() => toggle(point, 'map')}
          aria-pressed={selection.value.points.has(point)}
        >
          Select
        </button>
        <button
          type="button"
          onClick={() => {
            focused.value = image ? pairCount.value + pair : pair;
          }}
        >
          {image ? 'Go to its text' : 'Go to its image'}
        </button>
      </div>
      {found && (
        <NeighbourLists
          found={found}
          names={{
            images: image ? 'Nearest images (own kind)' : 'Nearest images',
            texts: image ? 'Nearest texts' : 'Nearest texts (own kind)',
          }}
        />
      )}
    </>
  );
}
