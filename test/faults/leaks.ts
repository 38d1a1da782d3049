import { getEventListeners } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gpuState } from './gpu-state.ts';

/** What a call must not leave behind. */
export interface Held {
  readonly buffers: number;
  readonly devices: number;
  /** Of the process, all events together. */
  readonly listeners: number;
}

export function held(): Held {
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { buffers: gpuState.buffers.size, devices: gpuState.devices.size, listeners };
}

/** More than before, in words. */
export function moreThan(before: Held, after: Held): string[] {
  return (['buffers', 'devices', 'listeners'] as const)
    .filter((what) => after[what] > before[what])
    .map((what) => `leaks ${after[what] - before[what]} ${what}`);
}

/** Listeners that a call left on its signal. */
export function listenersOn(signal: AbortSignal): string[] {
  const count = getEventListeners(signal, 'abort').length;
  return count > 0 ? [`leaves ${count} listeners on the signal`] : [];
}

/** Files below a folder that this process has open. */
export async function openFiles(folder: string): Promise<string[]> {
  const entries = await readdir('/proc/self/fd');
  const paths = await Promise.all(entries.map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}

/** Turns, each a millisecond longer than the one before. */
const SETTLED_WITHIN = 100;

/**
 * Waits until what still ran is done.
 * @param before how many files were open already
 * @returns those that stay open
 */
export async function leftOpen(folder: string, before = 0): Promise<string[]> {
  for (let turn = 0; turn < SETTLED_WITHIN; turn++) {
    await new Promise((resolve) => setTimeout(resolve, turn)); // rejections that nobody handles come meanwhile
    if (turn > 0 && (await openFiles(folder)).length <= before) return [];
  }
  return (await openFiles(folder)).map((path) => `leaves ${path} open`);
}
