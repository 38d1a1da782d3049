import { focused, focusOn as focusPoint } from '../state/focus.ts';
import { mapStatus, pauseMap, resumeMap, runMap } from '../state/map.ts';
import { fillScreen, leaveScreen, mapIsFull } from '../state/map-full.ts';
import { mapTool, takeTool } from '../state/map-look.ts';
import { clearSelection, redoSelection, undoSelection } from '../state/selection.ts';
import { session } from '../state/session.ts';
import { helpOpen } from './help-dialog.tsx';

/** Where the point and its neighbours are a sheet over the page, as in access.css. */
const isPhone = matchMedia('(max-width: 720px)');

const ACTIONS: Readonly<Record<string, () => void>> = {
  '?': () => {
    helpOpen.value = true;
  },
  m: () => focusOn('.map-canvas'),
  h: () => focusOn('.heatmap'),
  '/': () => focusOn('#search-text'),
  l: () => takeTool('lasso'),
  b: () => takeTool('box'),
  p: () => {
    if (mapStatus.value === 'running') pauseMap();
    else if (mapStatus.value === 'paused') resumeMap();
    else if (session.pairCount.value > 0) void runMap();
  },
  f: () => (mapIsFull.value ? leaveScreen() : session.pairCount.value > 0 && fillScreen()),
  Escape: () => {
    if (mapIsFull.value) return leaveScreen();
    if (isPhone.matches && focused()) return focusPoint(undefined); // the sheet
    mapTool.value = 'pan';
    clearSelection();
  },
};

const TYPED_IN = 'textarea, input:not([type=range], [type=checkbox], [type=radio])';

/** Keys that work everywhere but in fields. */
export function listenForShortcuts(): void {
  addEventListener('keydown', (event) => {
    if (event.altKey || event.defaultPrevented || helpOpen.value) return;
    if (event.target instanceof Element && event.target.matches(TYPED_IN)) return;
    const action = event.ctrlKey || event.metaKey ? historyKey(event) : ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** As text editors have them. */
function historyKey({ key, shiftKey }: KeyboardEvent): (() => void) | undefined {
  const letter = key.toLowerCase();
  if (letter === 'y' && !shiftKey) return redoSelection;
  if (letter !== 'z') return undefined;
  return shiftKey ? redoSelection : undoSelection;
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
