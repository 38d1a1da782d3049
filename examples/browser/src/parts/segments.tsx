interface SegmentsProps<T extends string> {
  readonly legend: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  /** Options that cannot be chosen now. */
  readonly disabled?: readonly T[];
  readonly onChange: (value: T) => void;
}

/** A choice of one among a few, all in sight. */
export function Segments<T extends string>({
  legend,
  value,
  options,
  disabled = [],
  onChange,
}: SegmentsProps<T>) {
  return (
    <fieldset class="segments">
      <legend>{legend}</legend>
      {options.map(([option, name]) => (
        <label key={option}>
          <input
            type="radio"
            name={legend}
            value={option}
            checked={option === value}
            disabled={disabled.includes(option)}
            onChange={() => onChange(option)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
