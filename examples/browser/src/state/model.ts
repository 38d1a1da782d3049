import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { ModelInfo, ModelSource } from '../engine/types.ts';
import { say } from './messages.ts';
import { underProgress } from './task.ts';

const DEFAULT_MODEL: ModelSource = { kind: 'embedded' };

const modelSource = signal<ModelSource>(DEFAULT_MODEL);
export const modelInfo = signal<ModelInfo | undefined>(undefined);

export const isDefaultModel = () => modelSource.value === DEFAULT_MODEL;

const TITLES = { weights: 'Loading the model', tuning: 'Measuring which kernels are fastest here' };

/** Loads the model of `source`, or the one that was used last. */
export async function loadModel(source: ModelSource = modelSource.value): Promise<void> {
  modelInfo.value = undefined;
  const info = await underProgress('load', TITLES, (onProgress) =>
    engine().load(
      source,
      onProgress,
      proxy((warning: string) => say('warning', warning)),
    ),
  );
  modelSource.value = source;
  modelInfo.value = info;
}

/** Loads the default model unless one is there. */
export async function ensureModel(): Promise<void> {
  if (!modelInfo.value) await loadModel();
}
