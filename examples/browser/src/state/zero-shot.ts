import { signal } from '@preact/signals';
import subjects from '../../../biomed/subjects.txt?raw';
import { engine } from '../engine/client.ts';
import type { LabelScore } from '../engine/types.ts';
import { report } from './messages.ts';
import { ensureModel } from './model.ts';

export interface ZeroShotImage {
  readonly image: Blob;
  readonly name: string;
  readonly url: string;
}

export const labels = signal(subjects.trim());
export const template = signal('this is a photo of {}');
export const zeroShotImage = signal<ZeroShotImage | undefined>(undefined);
export const scores = signal<readonly LabelScore[] | undefined>(undefined);

/** Scores the image that was given last against the labels as they are now. */
export async function classify(image?: Blob, name = 'image'): Promise<void> {
  if (image) {
    if (zeroShotImage.value) URL.revokeObjectURL(zeroShotImage.value.url);
    zeroShotImage.value = { image, name, url: URL.createObjectURL(image) };
  }
  const chosen = zeroShotImage.value;
  const list = labels.value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (!chosen || list.length === 0) return;
  try {
    await ensureModel();
    scores.value = await engine().zeroShot(chosen.image, chosen.name, list, template.value);
  } catch (error) {
    report(error);
  }
}
