import type { LabelledImage } from '../engine/types.ts';
import { csvOf } from './tables.ts';

/** A row an image. */
export function batchCsv(answers: readonly LabelledImage[]): Blob {
  return csvOf(
    ['image', 'label', 'probability', 'right_label'],
    answers.map(({ name, label, probability, truth }) => [name, label, probability, truth]),
  );
}
