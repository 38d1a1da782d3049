import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { TaskKind } from '../engine/engine.ts';
import type { OnProgress } from '../engine/types.ts';

export interface Task {
  readonly title: string;
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  readonly cancel: () => void;
}

/** What the page waits for, with its progress. */
export const task = signal<Task | undefined>(undefined);

/** Runs an engine call under a progress bar with a button to cancel. */
export async function underProgress<T>(
  kind: TaskKind,
  titles: Readonly<Record<string, string>>,
  call: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const cancel = () => void engine().cancel(kind);
  const [first = ''] = Object.values(titles);
  const shown: Task = { title: first, done: 0, total: 0, cancel };
  let running = true;
  task.value = shown;
  try {
    return await call(
      proxy(({ stage, done, total }) => {
        if (!running) return; // news of progress may come after the result
        task.value = { title: titles[stage] ?? first, done, total, cancel };
      }),
    );
  } finally {
    running = false;
    task.value = undefined;
  }
}
