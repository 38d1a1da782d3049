import { useComputed, useSignal } from '@preact/signals';
import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';
import { useVirtualRows } from '../parts/use-virtual-rows.ts';
import type { Compared } from '../state/compare.ts';
import { differencesOf, type PairDifference } from '../state/pair-differences.ts';

/** Of a row, in pixels: as in the style sheet. */
const HEIGHT = 48;

type Key = Exclude<keyof PairDifference, 'pair'>;

const COLUMNS: readonly (readonly [Key, string])[] = [
  ['cosineA', 'Cosine A'],
  ['cosineB', 'Cosine B'],
  ['cosineChange', 'B − A'],
  ['rankA', 'Caption rank A'],
  ['rankB', 'Caption rank B'],
  ['rankChange', 'B − A'],
];

/** What changed for each pair, the greatest change first. */
export function ComparedTable({ found }: { readonly found: Compared }) {
  const by = useSignal<Key>('cosineChange');
  const isAscending = useSignal(false);
  const rows = useComputed(() => sorted(differencesOf(found), by.value, isAscending.value)).value;
  const { parent, items, total } = useVirtualRows(rows.length, HEIGHT);
  const sortBy = (key: Key) => {
    isAscending.value = by.value === key && !isAscending.value;
    by.value = key;
  };
  const direction = isAscending.value ? 'ascending' : 'descending';
  return (
    <div ref={parent} class="pair-list compared-list">
      <table aria-label="Differences of pairs" aria-rowcount={rows.length + 1} class="pair-table">
        <thead>
          <tr>
            <th scope="col">Pair</th>
            {COLUMNS.map(([key, name]) => (
              <th key={key} scope="col" class="number" aria-sort={by.value === key ? direction : 'none'}>
                <button type="button" class="sort" onClick={() => sortBy(key)}>
                  {name}
                  <span aria-hidden="true">{by.value === key ? (isAscending.value ? ' ▲' : ' ▼') : ''}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: `${total}px` }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <tr key={row.pair} aria-rowindex={index + 2} style={{ transform: `translateY(${start}px)` }}>
                  <td>
                    <PointChip point={{ modality: 'image', pair: row.pair }} />
                  </td>
                  {COLUMNS.map(([key]) => (
                    <td key={key} class="number">
                      {key.startsWith('cosine') ? shown(row[key], 3) : shown(row[key], 0)}
                    </td>
                  ))}
                </tr>
              )
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Changes by their size, whatever their sign. */
function sorted(rows: readonly PairDifference[], key: Key, isAscending: boolean): PairDifference[] {
  const of = key.endsWith('Change')
    ? (row: PairDifference) => Math.abs(row[key])
    : (row: PairDifference) => row[key];
  return [...rows].sort((a, b) => (isAscending ? of(a) - of(b) : of(b) - of(a)));
}
