import { computed, signal } from '@preact/signals';
import type { WindowChoice } from '../engine/types.ts';

/** How grey values beyond 8 bits become bytes: as the file says, from its least to its greatest value, or between two. */
export type WindowKind = 'file' | 'auto' | 'range';

export const windowKind = signal<WindowKind>('file');
export const windowLow = signal(0);
export const windowHigh = signal(65_535);

export const isWindowValid = computed(
  () => windowKind.value !== 'range' || windowLow.value < windowHigh.value,
);

/** Chooses the window that pictures were embedded by. */
export function takeWindow(window: WindowChoice | undefined): void {
  if (typeof window === 'object') [windowLow.value, windowHigh.value] = [window.low, window.high];
  windowKind.value = typeof window === 'object' ? 'range' : window === 'auto' ? 'auto' : 'file';
}

/** Undefined for as the file says. */
export const windowChoice = computed<WindowChoice | undefined>(() => {
  if (windowKind.value === 'range') return { low: windowLow.value, high: windowHigh.value };
  return windowKind.value === 'auto' ? 'auto' : undefined;
});
