import { pairFigures } from '../state/pair-figures.ts';
import {
  type ColumnId,
  clearFilters,
  filterBy,
  filterOf,
  groups,
  isFiltered,
  labels,
  type ReadyFilter,
  ready,
  readyPairs,
  searched,
} from '../state/pair-table.ts';

const READY: readonly (readonly [Exclude<ReadyFilter, 'all'>, string])[] = [
  ['worst', 'Worst pairs'],
  ['twins', 'Near-duplicates'],
  ['outliers', 'Outliers'],
];
const RANGES: readonly (readonly [ColumnId, string, number])[] = [
  ['cosine', 'Cosine', 0.01],
  ['captionRank', 'Caption rank', 1],
  ['imageRank', 'Image rank', 1],
];

/** What the table is narrowed to. */
export function PairFilters() {
  return (
    <div class="pair-filters">
      <div class="row">
        <label class="field wide">
          Filter
          <input
            type="search"
            placeholder="caption, file, label or group"
            value={searched.value}
            onInput={({ currentTarget }) => {
              searched.value = currentTarget.value;
            }}
          />
        </label>
        <Choice id="label" name="Label" values={labels.value} />
        <Choice id="group" name="Group" values={groups.value} />
      </div>
      <div class="row">
        {READY.map(([filter, name]) => (
          <button
            key={filter}
            type="button"
            aria-pressed={ready.value === filter}
            disabled={!pairFigures.value}
            onClick={() => {
              ready.value = ready.value === filter ? 'all' : filter;
            }}
          >
            {name} {readyPairs.value && `(${readyPairs.value[filter].length.toLocaleString('en')})`}
          </button>
        ))}
        {isFiltered.value && (
          <button type="button" onClick={clearFilters}>
            Show all
          </button>
        )}
      </div>
      <details>
        <summary>Filter by numbers</summary>
        <div class="row">
          {RANGES.map(([id, name, step]) => (
            <NumberRange key={id} id={id} name={name} step={step} />
          ))}
        </div>
      </details>
    </div>
  );
}

interface ChoiceProps {
  readonly id: ColumnId;
  readonly name: string;
  readonly values: readonly string[];
}

/** One of the values, where there are several and some are alike. */
function Choice({ id, name, values }: ChoiceProps) {
  if (values.length < 2) return null;
  return (
    <label class="field">
      {name}
      <select
        value={String(filterOf(id) ?? '')}
        onChange={({ currentTarget }) => filterBy(id, currentTarget.value || undefined)}
      >
        <option value="">all</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NumberRangeProps {
  readonly id: ColumnId;
  readonly name: string;
  readonly step: number;
}

function NumberRange({ id, name, step }: NumberRangeProps) {
  const [from, to] = (filterOf(id) as [number?, number?] | undefined) ?? [];
  const set = (low: number | undefined, high: number | undefined) =>
    filterBy(id, low === undefined && high === undefined ? undefined : [low, high]);
  const numberIn = ({ valueAsNumber }: HTMLInputElement) =>
    Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
  return (
    <fieldset class="range">
      <legend>{name}</legend>
      <input
        type="number"
        aria-label={`${name}, at least`}
        step={step}
        value={from ?? ''}
        onChange={({ currentTarget }) => set(numberIn(currentTarget), to)}
      />
      –
      <input
        type="number"
        aria-label={`${name}, at most`}
        step={step}
        value={to ?? ''}
        onChange={({ currentTarget }) => set(from, numberIn(currentTarget))}
      />
    </fieldset>
  );
}
