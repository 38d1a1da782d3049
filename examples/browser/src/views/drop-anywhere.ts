import { droppedFiles } from '../data/dropped-files.ts';
import { dragEnded, dragOver } from '../state/dragging.ts';
import { report } from '../state/messages.ts';
import { openFiles } from '../state/opening.ts';

/** Images and captions may be dropped anywhere on the page; places with `data-drop` say what they do with them. */
export function acceptDrops(): void {
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return; // text goes where it always does
    event.preventDefault();
    const { target, dataTransfer } = event;
    const zone = target instanceof Element ? target.closest<HTMLElement>('[data-drop]') : undefined;
    dragOver(dataTransfer.items, zone?.dataset.drop);
  });
  // From one element to the next nothing is left: only what goes nowhere has left the window.
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) dragEnded();
  });
  addEventListener('drop', dragEnded, { capture: true }); // a zone keeps the event to itself
  addEventListener('drop', (event) => {
    if (event.defaultPrevented || !hasFiles(event)) return;
    event.preventDefault();
    droppedFiles(event.dataTransfer).then(openFiles).catch(report);
  });
}

function hasFiles(event: DragEvent): event is DragEvent & { readonly dataTransfer: DataTransfer } {
  return event.dataTransfer?.types.includes('Files') ?? false;
}
