import { computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import { failureOf } from '../engine/errors.ts';
import type { TrainingProgress } from '../engine/types.ts';
import { download } from '../export/download.ts';
import { choose } from './closing.ts';
import { keep, keptClosing } from './kept-closing.ts';
import { report } from './messages.ts';
import { pairs } from './pairs.ts';
import { shown } from './shown.ts';

/** A training, under way or at its end. */
export interface Training {
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  /** Of each step. */
  readonly losses: readonly number[];
}

export const training = signal<Training | undefined>(undefined);
export const isTraining = computed(() => training.value?.status === 'running');

let runs = 0;

/** Trains a head on the pairs that are open, and shows what it makes of them. */
export async function trainHead(): Promise<void> {
  runs += 1;
  const mine = runs;
  const trainedOn = pairs.value;
  training.value = { status: 'running', done: 0, total: 0, losses: [] };
  const end = (status: Training['status']) => {
    if (mine === runs && training.value) training.value = { ...training.value, status };
  };
  try {
    const closing = await engine().trainHead(
      proxy((news: TrainingProgress) => void (mine === runs && take(news))),
    );
    keep(closing, 'trained head', trainedOn);
    end('done');
    if (trainedOn === pairs.value) choose('kept');
  } catch (error) {
    end(failureOf(error).kind === 'cancelled' ? 'stopped' : 'failed');
    report(error);
  }
}

function take({ done, total, losses }: TrainingProgress): void {
  const before = training.value;
  if (before) training.value = { ...before, done, total, losses: [...before.losses, ...losses] };
}

export function stopTraining(): void {
  void engine().cancel('train');
}

/** Ends a training whose pairs are gone. */
export function forgetTraining(): void {
  runs += 1;
  if (isTraining.value) stopTraining();
  training.value = undefined;
}

export async function loadClosing(file: File): Promise<void> {
  try {
    keep(await engine().loadClosing(file), file.name, undefined);
    choose('kept');
  } catch (error) {
    report(error);
  }
}

/** Saves the closing that is shown. */
export async function saveClosing(): Promise<void> {
  try {
    const how = shown.value;
    const bytes = how.kind === 'kept' ? keptClosing.value?.bytes : await engine().closingFile(how);
    if (bytes) download('closing.safetensors', new Blob([Uint8Array.from(bytes)]));
  } catch (error) {
    report(error);
  }
}
