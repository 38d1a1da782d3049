import { useComputed, useSignal } from '@preact/signals';
import { counted, shown } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { Thumbnail } from '../parts/thumbnail.tsx';
import { isSame } from '../session/points.ts';
import { focused, focusOn, hoverOver } from '../state/focus.ts';
import { worstFirst } from '../state/pairs.ts';
import { isSelected, selectedElsewhere, togglePair } from '../state/selection.ts';
import { session } from '../state/session.ts';
import { GreyWindow } from './grey-window.tsx';

/** More rows than this make the page slow; the filter finds the others. */
const MAX_ROWS = 200;

/** Every pair in a list: the way to all points without a pointer. */
export function PairsPanel() {
  const filter = useSignal('');
  const rows = useComputed(() => {
    const among = new Set(selectedElsewhere('list') ?? session.pairs.value.keys());
    const wanted = filter.value.toLowerCase();
    return worstFirst.value.filter((pair) => among.has(pair) && matches(pair, wanted));
  });
  return (
    <Panel
      id="pairs"
      title="Pairs, farthest first"
      hint={
        selectedElsewhere('list') ? `Only the selection: ${counted(rows.value.length, 'pair')}.` : undefined
      }
      tools={
        <label class="field">
          Filter
          <input
            type="search"
            value={filter.value}
            onInput={({ currentTarget }) => {
              filter.value = currentTarget.value;
            }}
          />
        </label>
      }
    >
      <GreyWindow />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      <ul class="pair-list" tabIndex={0} aria-label="Pairs">
        {rows.value.slice(0, MAX_ROWS).map((pair) => (
          <PairRow key={pair} pair={pair} />
        ))}
      </ul>
      {rows.value.length > MAX_ROWS && (
        <p class="hint">{counted(rows.value.length - MAX_ROWS, 'further pair')}: use the filter.</p>
      )}
    </Panel>
  );
}

function matches(index: number, wanted: string): boolean {
  const pair = session.pairs.value[index];
  return (
    pair !== undefined &&
    [pair.id, pair.caption, pair.label].some((text) => text.toLowerCase().includes(wanted))
  );
}

function PairRow({ pair: index }: { readonly pair: number }) {
  const pair = session.pairs.value[index];
  if (!pair) return null;
  const image = { modality: 'image', pair: index } as const;
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Select ${pair.id}`}
        checked={isSelected(index)}
        onChange={() => togglePair(index, 'list')}
      />
      <button
        type="button"
        class="chip"
        aria-pressed={isSame(focused(), image)}
        onClick={() => focusOn(image)}
        onPointerEnter={() => hoverOver(image)}
        onPointerLeave={() => hoverOver()}
      >
        <Thumbnail url={pair.url} name={pair.id} />
        <span class="chip-name">{pair.caption || '(empty caption)'}</span>
        <span class="chip-value">
          <span class="only-heard">distance </span>
          {shown(session.distances.value[index])}
        </span>
      </button>
    </li>
  );
}
