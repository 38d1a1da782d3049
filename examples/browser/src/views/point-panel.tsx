import { useEffect, useRef } from 'preact/hooks';
import { shown } from '../parts/number.ts';
import { PairCard } from '../parts/pair-card.tsx';
import { Panel } from '../parts/panel.tsx';
import { type Point, partnerOf } from '../session/points.ts';
import { focused, focusOn, neighbours, neighboursTrouble } from '../state/focus.ts';
import { selectedPoints, toggle } from '../state/selection.ts';
import { session } from '../state/session.ts';
import { NeighbourLists } from './neighbour-lists.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** The point that is looked at, and what is nearest to it in either modality. */
export function PointPanel() {
  const point = focused();
  useFocusBack(point !== undefined);
  return (
    <Panel
      id="point"
      title="Point and its neighbours"
      tools={
        point && (
          <button type="button" onClick={() => focusOn(undefined)}>
            Close
          </button>
        )
      }
    >
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

/** What had the focus when the panel opened gets it back from what is gone with it. */
function useFocusBack(isOpen: boolean): void {
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (isOpen) opener.current = document.activeElement;
    else if (document.activeElement === document.body && opener.current instanceof HTMLElement)
      opener.current.focus({ preventScroll: true });
  }, [isOpen]);
}

export function PointDetails({ point }: { readonly point: Point }) {
  const { pair } = point;
  const found = neighbours.value;
  const image = point.modality === 'image';
  return (
    <>
      <PairCard pair={pair} />
      <p class="muted">
        {image ? 'the image' : 'the text'}, label “{session.pairs.value[pair]?.label}”, distance to its
        partner {shown(session.distances.value[pair])}
      </p>
      <div class="row">
        <button
          type="button"
          onClick={() => toggle(point, 'map')}
          aria-pressed={selectedPoints.value.has(point)}
        >
          Select
        </button>
        <button type="button" onClick={() => focusOn(partnerOf(point))}>
          {image ? 'Go to its text' : 'Go to its image'}
        </button>
      </div>
      <TroubleNote of={neighboursTrouble} />
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
