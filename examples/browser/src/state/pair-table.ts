import { computed, signal } from '@preact/signals';
import {
  type ColumnFiltersState,
  columnFilteringFeature,
  constructFilterFn,
  constructTable,
  createColumnHelper,
  createFilteredRowModel,
  createSortedRowModel,
  filterFn_equalsStringSensitive,
  filterFn_includesStringSensitive,
  filterFn_inNumberRange,
  globalFilteringFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
} from '@tanstack/table-core';
import { storeReactivityBindings } from '@tanstack/table-core/store-reactivity-bindings';
import { bySize } from '../data/by-size.ts';
import type { PairFigures } from '../engine/types.ts';
import { pairFigures } from './pair-figures.ts';
import { selectedElsewhere } from './selection.ts';
import { session } from './session.ts';

/** A pair in the table; figures are undefined until they are measured. */
export interface PairRow {
  readonly pair: number;
  readonly id: string;
  readonly caption: string;
  readonly label: string;
  readonly group: string;
  readonly distance: number;
  readonly cosine?: number | undefined;
  readonly captionRank?: number | undefined;
  readonly imageRank?: number | undefined;
  /** The pair whose caption is nearer to the image than its own. */
  readonly beatenBy?: number | undefined;
}

export type ColumnId = Exclude<keyof PairRow, 'pair'>;

/** What is looked for at a press. */
export type ReadyFilter = 'all' | 'worst' | 'twins' | 'outliers';

/** What is searched is in lower case already. */
const includes = constructFilterFn({
  ...filterFn_includesStringSensitive,
  resolveFilterValue: (value) => String(value).toLowerCase(),
});

/** Scan 9 before scan 10. */
const collator = new Intl.Collator('en', { numeric: true });

const FEATURES = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
  filterFns: {
    includes,
    equals: filterFn_equalsStringSensitive,
    inRange: filterFn_inNumberRange,
  },
  sortFns: {
    byName: (a, b, id) => collator.compare(a.getValue<string>(id), b.getValue<string>(id)),
  },
});

const TEXTS = ['id', 'caption', 'label', 'group'] as const;
/** All texts of a row, so that a search looks at it once. */
const SEARCHED = 'searched';
const NUMBERS = ['cosine', 'captionRank', 'imageRank', 'distance', 'beatenBy'] as const;

const column = createColumnHelper<typeof FEATURES, PairRow>();
const COLUMNS = column.columns([
  ...TEXTS.map((id) => column.accessor(id, { sortFn: 'byName', filterFn: 'equals' })),
  column.accessor((row) => TEXTS.map((id) => row[id].toLowerCase()).join('\n'), { id: SEARCHED }),
  ...NUMBERS.map((id) => column.accessor(id, { filterFn: 'inRange', sortUndefined: 'last' })),
]);

const FARTHEST_FIRST: SortingState = [{ id: 'distance', desc: true }];

export const sorting = session.ofSet.choice<SortingState>(FARTHEST_FIRST);
const filters = session.ofSet.choice<ColumnFiltersState>([]);
export const searched = session.ofSet.choice('');
export const ready = session.ofSet.choice<ReadyFilter>('all');

const rows = computed<readonly PairRow[]>(() => {
  const [distances, figures] = [session.distances.value, pairFigures.value];
  return session.pairs.value.map(({ id, caption, label, group = '' }, pair) => {
    const beaten = figures?.beatingCaption[pair] ?? -1;
    return {
      ...{ pair, id, caption, label, group },
      distance: distances[pair] ?? Number.NaN,
      cosine: figures?.cosine[pair],
      captionRank: figures?.captionRank[pair],
      imageRank: figures?.imageRank[pair],
      beatenBy: beaten < 0 ? undefined : beaten,
    };
  });
});

/** Classes among the open pairs, and what images are of, the largest first. */
export const labels = computed(() => namesOf(session.pairs.value.map(({ label }) => label)));
export const groups = computed(() => namesOf(session.pairs.value.map(({ group = '' }) => group)));

/** Pairs that each ready filter shows; undefined until they are measured. */
export const readyPairs = computed(() => {
  const figures = pairFigures.value;
  return (
    figures && {
      worst: worstOf(figures),
      twins: pairsWhere(figures, (pair) => (figures.twins[pair] ?? -1) >= 0),
      outliers: outliersOf(figures),
    }
  );
});

const asked = computed(() => {
  const among = selectedElsewhere('list');
  const found = ready.value === 'all' ? undefined : readyPairs.value?.[ready.value];
  if (!among && !found) return rows.value;
  const [selected, shown] = [among && new Set(among), found && new Set(found)];
  return rows.value.filter(({ pair }) => (selected?.has(pair) ?? true) && (shown?.has(pair) ?? true));
});

/** Keeps what it knows of its rows while they are sorted and filtered in other ways. */
const table = computed(() =>
  constructTable({
    features: FEATURES,
    columns: COLUMNS,
    data: asked.value,
    globalFilterFn: 'includes',
    getColumnCanGlobalFilter: ({ id }) => id === SEARCHED,
  }),
);

/** What the table shows, as filtered and sorted. */
export const shownRows = computed<readonly PairRow[]>(() => {
  const { value: shown } = table;
  const state = { sorting: sorting.value, columnFilters: filters.value, globalFilter: searched.value };
  shown.setOptions((options) => ({ ...options, state }));
  return shown.getSortedRowModel().rows.map(({ original }) => original);
});

/** Sorts by a column; again, the other way round. Names and ranks begin with the first, distances with the farthest. */
export function sortBy(id: ColumnId): void {
  const [now] = sorting.value;
  const desc = now?.id === id ? !now.desc : id === 'distance';
  sorting.value = [{ id, desc }];
}

/** Pairs of a class or a group alone, or with numbers in a range; undefined for all. */
export function filterBy(id: ColumnId, value: string | readonly [number?, number?] | undefined): void {
  const others = filters.value.filter((filter) => filter.id !== id);
  filters.value = value === undefined ? others : [...others, { id, value }];
}

export function filterOf(id: ColumnId): unknown {
  return filters.value.find((filter) => filter.id === id)?.value;
}

export function clearFilters(): void {
  [filters.value, searched.value, ready.value] = [[], '', 'all'];
}

export const isFiltered = computed(
  () => filters.value.length > 0 || searched.value !== '' || ready.value !== 'all',
);

/** More than a tenth of all captions are nearer to the image than its own, and more than a tenth of the images to the caption. */
function worstOf(figures: PairFigures): number[] {
  const tenth = Math.max(1, figures.cosine.length / 10);
  const isBeyond = (rank: number | undefined) => (rank ?? 0) > tenth;
  return pairsWhere(
    figures,
    (pair) => isBeyond(figures.captionRank[pair]) && isBeyond(figures.imageRank[pair]),
  );
}

/** Image or caption lies beyond Tukey's upper fence of its modality's distances to their nearest. */
function outliersOf(figures: PairFigures): number[] {
  const [image, caption] = [fenceOf(figures.imageDistance), fenceOf(figures.captionDistance)];
  return pairsWhere(
    figures,
    (pair) => (figures.imageDistance[pair] ?? 0) > image || (figures.captionDistance[pair] ?? 0) > caption,
  );
}

/** Q3 + 1.5 (Q3 - Q1), by Tukey (1977); quartiles between ranks as NumPy's. */
function fenceOf(values: Float32Array): number {
  const sorted = values.slice().sort();
  const quantile = (q: number) => {
    const at = q * (sorted.length - 1);
    const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (high - low) * (at % 1);
  };
  return quantile(0.75) + 1.5 * (quantile(0.75) - quantile(0.25));
}

function pairsWhere({ cosine }: PairFigures, is: (pair: number) => boolean): number[] {
  return Array.from(cosine, (_, pair) => pair).filter(is);
}

function namesOf(values: readonly string[]): string[] {
  return bySize(values.filter((value) => value !== ''));
}

/** Where the table is to be scrolled to, such as to a pair that beat another. */
export const wantedPair = signal<number | undefined>(undefined);
