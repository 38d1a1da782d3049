import { dragged } from '../state/dragging.ts';

/** Over the page while files are dragged: what they are, and what a drop does. */
export function DropFrame() {
  const over = dragged.value;
  if (!over) return null;
  return (
    <div class="drop-frame" aria-hidden="true">
      <p>
        <strong>{over.what}</strong>
        <br />
        {over.outcome}
      </p>
    </div>
  );
}
