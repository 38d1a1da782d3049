import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { shown } from '../parts/number.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import { useVirtualRows } from '../parts/use-virtual-rows.ts';
import { isSame } from '../session/points.ts';
import { focused, focusOn, hoverOver } from '../state/focus.ts';
import { type ColumnId, type PairRow, sortBy, sorting, wantedPair } from '../state/pair-table.ts';
import { isSelected, togglePair } from '../state/selection.ts';
import { session } from '../state/session.ts';

const COLUMNS: readonly (readonly [ColumnId, string, string?])[] = [
  ['caption', 'Pair'],
  ['label', 'Label'],
  ['group', 'Group'],
  ['cosine', 'Cosine', 'number'],
  ['captionRank', 'Caption rank', 'number'],
  ['imageRank', 'Image rank', 'number'],
  ['beatenBy', 'Beaten by'],
  ['distance', 'Distance', 'number'],
];
/** Of a row, in pixels: as in the style sheet. */
const HEIGHT = { wide: 48, narrow: 112 };
const NARROW = matchMedia('(max-width: 720px)');

/** The rows in sight of a table of any length. */
export function PairTable({ rows }: { readonly rows: readonly PairRow[] }) {
  const isNarrow = useSignal(NARROW.matches);
  useEffect(() => {
    const follow = () => {
      isNarrow.value = NARROW.matches;
    };
    NARROW.addEventListener('change', follow);
    return () => NARROW.removeEventListener('change', follow);
  }, [isNarrow]);
  const height = isNarrow.value ? HEIGHT.narrow : HEIGHT.wide;
  const { parent, items, total, virtualizer } = useVirtualRows(rows.length, height);
  /** Where keys that are pressed one after the other lead, before it is drawn. */
  const wanted = useRef<number | undefined>(undefined);
  const go = (index: number) => {
    wanted.current = index;
    virtualizer.scrollToIndex(index);
    requestAnimationFrame(() => {
      if (wanted.current !== index) return;
      wanted.current = undefined;
      parent.current?.querySelector<HTMLElement>(`[data-index="${index}"] .chip`)?.focus();
    });
  };
  useEffect(() => {
    const index = rows.findIndex(({ pair }) => pair === wantedPair.value);
    if (index >= 0) go(index);
    wantedPair.value = undefined;
  }, [wantedPair.value]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go from one button in it to the next
    <div
      ref={parent}
      class="pair-list"
      onKeyDown={(event) => {
        const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
        const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        const next = (wanted.current ?? Number(row?.dataset.index)) + step;
        if (!row || step === 0 || next < 0 || next >= rows.length) return;
        event.preventDefault();
        go(next);
      }}
    >
      <table aria-label="Pairs" aria-rowcount={rows.length + 1} class="pair-table">
        <thead>
          <tr>
            <th scope="col" class="tick">
              <span class="only-heard">Selected</span>
            </th>
            {COLUMNS.map(([id, name, kind]) => (
              <Head key={id} id={id} name={name} kind={kind} />
            ))}
          </tr>
        </thead>
        <tbody style={{ height: `${total}px` }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return row && <Row key={row.pair} row={row} index={index} start={start} />;
          })}
        </tbody>
      </table>
      {rows.length === 0 && <p class="hint">No pair is like that.</p>}
    </div>
  );
}

function Head({
  id,
  name,
  kind = '',
}: {
  readonly id: ColumnId;
  readonly name: string;
  readonly kind?: string;
}) {
  const [by] = sorting.value;
  const sorted = by?.id === id ? (by.desc ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" aria-sort={sorted} class={`col-${id} ${kind}`}>
      <button type="button" class="sort" onClick={() => sortBy(id)}>
        {name}
        <span aria-hidden="true">{{ ascending: ' ▲', descending: ' ▼', none: '' }[sorted]}</span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly row: PairRow;
  readonly index: number;
  /** From the top, in pixels. */
  readonly start: number;
}

function Row({ row, index, start }: RowProps) {
  const { pair, id, caption, label, group } = row;
  const image = { modality: 'image', pair } as const;
  return (
    <tr
      aria-rowindex={index + 2}
      data-index={index}
      style={{ transform: `translateY(${start}px)` }}
      onPointerEnter={() => hoverOver(image)}
      onPointerLeave={() => hoverOver()}
    >
      <td class="tick">
        <input
          type="checkbox"
          aria-label={`Select ${id}`}
          checked={isSelected(pair)}
          onChange={() => togglePair(pair, 'list')}
        />
      </td>
      <td class="col-caption">
        <button
          type="button"
          class="chip"
          aria-pressed={isSame(focused(), image)}
          title={id}
          onClick={() => focusOn(image)}
        >
          <Thumbnail url={session.pairs.value[pair]?.url} name={id} />
          <span class="chip-name">{caption || '(no caption)'}</span>
        </button>
      </td>
      <td class="col-label" title={label}>
        {label}
      </td>
      <td class="col-group" title={group}>
        {group}
      </td>
      <td class="number col-cosine">{shown(row.cosine, 3)}</td>
      <td class="number col-captionRank">{row.captionRank?.toLocaleString('en') ?? '–'}</td>
      <td class="number col-imageRank">{row.imageRank?.toLocaleString('en') ?? '–'}</td>
      <td class="col-beatenBy">{row.beatenBy !== undefined && <BeatenBy pair={row.beatenBy} />}</td>
      <td class="number col-distance">{shown(row.distance)}</td>
    </tr>
  );
}

/** The caption that is nearer to the image than its own. */
function BeatenBy({ pair }: { readonly pair: number }) {
  const { caption = '', id = '' } = session.pairs.value[pair] ?? {};
  return (
    <button
      type="button"
      class="link"
      title={`Its caption was beaten by “${caption}” of ${id}`}
      onClick={() => {
        focusOn({ modality: 'text', pair });
        wantedPair.value = pair;
      }}
    >
      {caption || id}
    </button>
  );
}
