import type { ModelSource } from '../engine/types.ts';
import { report } from './messages.ts';
import { loadModel } from './model.ts';
import { embedAgain } from './open-pairs.ts';

/** Loads another model, and embeds what is open with it. */
export async function openModel(source: ModelSource): Promise<void> {
  try {
    await loadModel(source);
    await embedAgain();
  } catch (error) {
    report(error);
  }
}
