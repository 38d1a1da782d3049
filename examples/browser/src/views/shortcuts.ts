import { mapStatus, pauseMap, resumeMap, runMap } from '../state/map.ts';
import { lassoing } from '../state/map-look.ts';
import { clearSelection } from '../state/selection.ts';
import { session } from '../state/session.ts';
import { helpOpen } from './help-dialog.tsx';

const ACTIONS: Readonly<Record<string, () => void>> = {
  '?': () => {
    helpOpen.value = true;
  },
  m: () => focusOn('.map-canvas'),
  h: () => focusOn('.heatmap'),
  '/': () => focusOn('#search-text'),
  l: () => {
    lassoing.value = !lassoing.value;
  },
  p: () => {
    if (mapStatus.value === 'running') pauseMap();
    else if (mapStatus.value === 'paused') resumeMap();
    else if (session.pairCount.value > 0) void runMap();
  },
  Escape: () => {
    lassoing.value = false;
    clearSelection();
  },
};

const TYPED_IN = 'textarea, input:not([type=range], [type=checkbox], [type=radio])';

/** Keys that work everywhere but in fields. */
export function listenForShortcuts(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || helpOpen.value) return;
    if (event.target instanceof Element && event.target.matches(TYPED_IN)) return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
