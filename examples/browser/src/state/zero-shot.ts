import { signal } from '@preact/signals';
import subjects from '../../../biomed/subjects.txt?raw';
import { engine } from '../engine/client.ts';
import type { LabelScore } from '../engine/types.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

export interface ZeroShotImage {
  readonly image: Blob;
  readonly name: string;
  readonly url: string;
}

export const labels = signal(subjects.trim());
export const template = signal('this is a photo of {}');
export const zeroShotImage = signal<ZeroShotImage | undefined>(undefined);
/** Of the image that was given last, by the labels as they are. */
export const scores = session.ofModel.answer<readonly LabelScore[]>();
/** Why there are none. */
export const scoresTrouble = new Trouble(session.ofModel);

/** One a line, each once. */
export function listedLabels(): string[] {
  const lines = labels.value.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

/** Scores the image that was given last against the labels as they are now. */
export async function classify(image?: Blob, name = 'image'): Promise<void> {
  if (image) {
    if (zeroShotImage.value) URL.revokeObjectURL(zeroShotImage.value.url);
    zeroShotImage.value = { image, name, url: URL.createObjectURL(image) };
  }
  scoresTrouble.forget();
  scores.forget();
  const chosen = zeroShotImage.value;
  const list = listedLabels();
  if (!chosen || list.length === 0) return;
  await scoresTrouble.attempt(() =>
    scores.ask(() => engine().zeroShot(chosen.image, chosen.name, list, template.value)),
  );
}
