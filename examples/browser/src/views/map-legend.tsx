import type { ComponentChildren } from 'preact';
import type { ColourGroup, LegendPart } from '../draw/point-colours.ts';
import { hiddenCount, isPartHidden, showAll, showOnly, togglePart } from '../state/map-hidden.ts';
import { colourMode } from '../state/map-look.ts';
import { coloursNow } from './scene-now.ts';

const MODALITIES: readonly (readonly [name: string, part: LegendPart])[] = [
  ['discs: images', { kind: 'modality', modality: 'image' }],
  ['rings: texts', { kind: 'modality', modality: 'text' }],
];

/** What colours and marks stand for; a click on an entry hides its points or shows them again. */
export function MapLegend() {
  return (
    <ul class="legend" aria-label="Legend">
      {coloursNow.value.legend.map((group) => (
        <li key={group.name}>
          {group.part ? <Entry {...group} part={group.part} /> : <Inside {...group} />}
        </li>
      ))}
      {colourMode.value !== 'modality' &&
        MODALITIES.map(([name, part]) => (
          <li key={name}>
            <Toggle part={part}>{name}</Toggle>
          </li>
        ))}
      {hiddenCount.value > 0 && (
        <li>
          <span class="muted">{hiddenCount.value.toLocaleString('en')} hidden</span>
          <button type="button" onClick={showAll}>
            Show all
          </button>
        </li>
      )}
    </ul>
  );
}

function Entry(group: ColourGroup & { readonly part: LegendPart }) {
  return (
    <Toggle part={group.part}>
      <Inside {...group} />
    </Toggle>
  );
}

function Inside({ name, colour, mark }: ColourGroup) {
  return (
    <>
      <span
        class={mark === 'ring' ? 'swatch ring' : 'swatch'}
        style={{ color: `rgb(${colour.join(',')})` }}
      />
      {name || '(no label)'}
    </>
  );
}

interface ToggleProps {
  readonly part: LegendPart;
  readonly children: ComponentChildren;
}

/** Pressed while its points are shown. A double click is two clicks, which undo each other, and then this alone. */
function Toggle({ part, children }: ToggleProps) {
  return (
    <button
      type="button"
      class="legend-entry"
      aria-pressed={!isPartHidden(part)}
      title="Click: hide or show. Alt + click or double click: only this."
      onClick={({ altKey }) => (altKey ? showOnly(part) : togglePart(part))}
      onDblClick={({ altKey }) => {
        if (!altKey) showOnly(part);
      }}
    >
      {children}
    </button>
  );
}
