import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { engine } from '../engine/client.ts';
import { report, say } from '../state/messages.ts';

export const helpOpen = signal(false);

const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ['?', 'these shortcuts'],
  ['m, h', 'go to the map, to the heatmap'],
  ['/', 'go to the search'],
  ['p', 'start, pause or resume t-SNE'],
  ['f', 'the map fills the screen; Esc leaves'],
  ['l, b', 'lasso, box: on or off'],
  ['Esc', 'clear the selection'],
  ['Ctrl + Z, Ctrl + Y', 'undo and redo what was selected, wherever it was'],
  ['arrow keys', 'in the map: next point; in the heatmap: next cell'],
  ['Enter', 'in the map: select the point; in the heatmap: both points'],
  ['+, −, 0', 'in the map and the heatmap: zoom in, out, show all'],
  ['↑, ↓', 'in the table of pairs: the row above or below'],
  ['Ctrl + wheel', 'zoom where the pointer is; after a click the wheel alone does'],
  ['Shift + click', 'in the map: add a point to the selection'],
  ['Alt + click, double click', 'in the legend: only this'],
  ['Shift, Alt', 'while a lasso or a box is drawn: it adds, it takes away'],
];

async function forget(): Promise<void> {
  try {
    await engine().forgetDownloads();
    say('info', 'The downloaded model is no longer kept.');
  } catch (error) {
    report(error);
  }
}

export function HelpDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <h2 id="help-title">Keyboard and pointer</h2>
      <dl>
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        This browser keeps the page and the model that it downloaded, so that both are here without a network.
        Images, captions and embeddings are kept only after “Keep this session in this browser”, unencrypted
        on this computer, until “Forget everything kept”.
      </p>
      <form method="dialog" class="row">
        <button type="submit" class="primary">
          Close
        </button>
        <button type="submit" onClick={() => void forget()}>
          Forget the downloaded model
        </button>
      </form>
    </dialog>
  );
}
