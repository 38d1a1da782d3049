import { signal } from '@preact/signals';
import { failureOf } from '../engine/errors.ts';

export interface Message {
  readonly kind: 'error' | 'warning' | 'info';
  readonly text: string;
}

/** What the page has to say, until it is dismissed. */
export const messages = signal<readonly Message[]>([]);

/** Why nothing can be computed here, if so: no WebGPU, or no adapter. */
export const noGpu = signal<string | undefined>(undefined);

/** Why the GPU is gone, until the model is loaded again. */
export const lost = signal<string | undefined>(undefined);

/** Beside what was said before: a warning stays until it is read. @param before whose place it takes */
export function say(kind: Message['kind'], text: string, before?: string): void {
  const others = messages.value.filter((said) => said.text !== text && said.text !== before);
  messages.value = [...others, { kind, text }];
}

export function dismiss(message: Message): void {
  messages.value = messages.value.filter((said) => said !== message);
}

/** Of an action before this one everything goes but warnings. */
export function forgetNews(): void {
  messages.value = messages.value.filter(({ kind }) => kind === 'warning');
}

/** Shows an error where people see it. What they cancelled themselves is no error. */
export function report(error: unknown): void {
  const failure = failureOf(error);
  if (failure.kind === 'cancelled') return;
  if (failure.kind === 'lost') lost.value = failure.message;
  else if (failure.kind === 'no-gpu' && lost.value === undefined) noGpu.value = failure.message;
  else if (failure.kind === 'no-gpu')
    lost.value = failure.message; // it was there, and may come back
  else say('error', failure.message);
}
