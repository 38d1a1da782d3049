import { signal } from '@preact/signals';
import { failureOf } from '../engine/errors.ts';

export interface Message {
  readonly kind: 'error' | 'warning' | 'info';
  readonly text: string;
}

/** What the page has to say about the last action. */
export const message = signal<Message | undefined>(undefined);

/** Why nothing can be computed here, if so: no WebGPU, or no adapter. */
export const noGpu = signal<string | undefined>(undefined);

/** Why the GPU is gone, until the model is loaded again. */
export const lost = signal<string | undefined>(undefined);

export function say(kind: Message['kind'], text: string): void {
  message.value = { kind, text };
}

/** Shows an error where people see it. What they cancelled themselves is no error. */
export function report(error: unknown): void {
  const failure = failureOf(error);
  if (failure.kind === 'cancelled') return;
  if (failure.kind === 'no-gpu') noGpu.value = failure.message;
  else if (failure.kind === 'lost') lost.value = failure.message;
  else say('error', failure.message);
}
