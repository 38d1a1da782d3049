import { computed } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import { failureOf } from '../engine/errors.ts';
import type { KeptClosing, TrainingProgress } from '../engine/types.ts';
import { download } from '../export/download.ts';
import { choose } from './closing.ts';
import { keep, keptClosing } from './kept-closing.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

/** A training, under way or at its end. */
export interface Training {
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  /** Of each step. */
  readonly losses: readonly number[];
}

const trained = session.ofPairs.answer<void>();
const loading = session.ofModel.answer<KeptClosing>();

export const training = session.ofPairs.choice<Training | undefined>(undefined);
export const trainingTrouble = new Trouble(session.ofPairs);
/** Of closings that are saved or loaded. */
export const closingFileTrouble = new Trouble(session.ofPairs);
export const isTraining = computed(() => training.value?.status === 'running');

/** Trains a head on the pairs that are open, and shows what it makes of them. */
export async function trainHead(): Promise<void> {
  training.value = { status: 'running', done: 0, total: 0, losses: [] };
  trainingTrouble.forget();
  try {
    await trained.ask(async (isLatest) => {
      const closing = await engine().trainHead(
        proxy((news: TrainingProgress) => void (isLatest() && take(news))),
      );
      if (!isLatest()) return;
      keep(closing, 'trained head', session.pairs.value);
      end('done');
      choose('kept');
    });
  } catch (error) {
    end(failureOf(error).kind === 'cancelled' ? 'stopped' : 'failed');
    trainingTrouble.note(error);
  }
}

function take({ done, total, losses }: TrainingProgress): void {
  const before = training.value;
  if (before) training.value = { ...before, done, total, losses: [...before.losses, ...losses] };
}

function end(status: Training['status']): void {
  if (training.value) training.value = { ...training.value, status };
}

export function stopTraining(): void {
  void engine().cancel('train');
}

/** The engine that trained is gone. */
export function forgetTraining(): void {
  if (isTraining.value) training.value = undefined;
}

export async function loadClosing(file: File): Promise<void> {
  await closingFileTrouble.attempt(async () => {
    await loading.ask(async (isLatest) => {
      const closing = await engine().loadClosing(file);
      if (isLatest()) keep(closing, file.name, undefined);
      return closing;
    });
    if (loading.value) choose('kept');
  });
}

/** Saves the closing that is shown. */
export async function saveClosing(): Promise<void> {
  await closingFileTrouble.attempt(async () => {
    const how = session.shown.value;
    const bytes = how.kind === 'kept' ? keptClosing.value?.bytes : await engine().closingFile(how);
    if (bytes) download('closing.safetensors', new Blob([Uint8Array.from(bytes)]));
  });
}
