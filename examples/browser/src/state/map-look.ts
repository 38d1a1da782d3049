import { computed, signal } from '@preact/signals';
import type { ColourMode } from '../draw/point-colours.ts';
import { worstFirst } from './pairs.ts';
import { type SelectionHow, selectedPairs } from './selection.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

export type LinkMode = 'all' | 'selected' | 'worst' | 'none';

/** What dragging does in the map: move it, or draw what selects. */
export type MapTool = 'pan' | 'lasso' | 'box';

export const colourMode = signal<ColourMode>('modality');
export const linkMode = signal<LinkMode>('all');
/** How many of the pairs that lie farthest apart are linked under `worst`. */
export const worstCount = signal(10);
export const mapTool = signal<MapTool>('pan');
/** What an outline does without Shift, which adds, and without Alt, which takes away. */
export const outlineHow = signal<SelectionHow>('replace');

/** Whether images and texts show what they are where there is room. */
export const showsThumbnails = signal(true);

/** Takes a tool up, or puts it down again. */
export function takeTool(tool: MapTool): void {
  mapTool.value = mapTool.value === tool ? 'pan' : tool;
}

/** The pairs to draw a line for. */
export const linkedPairs = computed<readonly number[]>(() => {
  if (linkMode.value === 'none') return [];
  if (linkMode.value === 'selected') return selectedPairs.value;
  if (linkMode.value === 'worst') return worstFirst.value.slice(0, worstCount.value);
  return session.pairs.value.map((_, i) => i);
});

/** Of drawing the map, whichever it is. */
export const canvasTrouble = new Trouble();
