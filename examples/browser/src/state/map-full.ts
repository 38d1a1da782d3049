import { signal } from '@preact/signals';

/** Whether the map fills the window. */
export const mapIsFull = signal(false);

/** Fills the screen where the browser lets it, and the window elsewhere. */
export function fillScreen(): void {
  mapIsFull.value = true;
  document.documentElement.requestFullscreen?.().catch(() => undefined); // the window is filled all the same
}

export function leaveScreen(): void {
  mapIsFull.value = false;
  if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
}

/** Escape ends a full screen without a word to the page. */
export function followFullScreen(): void {
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement) mapIsFull.value = false;
  });
}
