import { droppedFiles } from '../data/dropped-files.ts';
import { report } from '../state/messages.ts';
import { openFiles } from '../state/opening.ts';

/** Images and captions may be dropped anywhere on the page. */
export function acceptDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    if (event.defaultPrevented || !event.dataTransfer) return;
    event.preventDefault();
    droppedFiles(event.dataTransfer).then(openFiles).catch(report);
  });
}
