import { type BiomedClipError, OtherFramesError, UnusedBitsError } from 'biomedclip-webgpu';
import type { OnWarning } from './types.ts';

/** What is to be said of pictures that are embedded in several calls: one message of a kind, of all of them. */
export class PictureWarnings {
  #dark: UnusedBitsError['images'] = [];
  #others: OtherFramesError['images'] = [];

  constructor(private readonly onWarning: OnWarning) {}

  add(warning: BiomedClipError): void {
    if (warning instanceof UnusedBitsError) {
      const before = this.#dark.length > 0 ? darkWords(this.#dark) : undefined;
      this.#dark = [...this.#dark, ...warning.images];
      this.onWarning(darkWords(this.#dark), before);
    } else if (warning instanceof OtherFramesError) {
      const before = this.#others.length > 0 ? frameWords(this.#others) : undefined;
      this.#others = [...this.#others, ...warning.images];
      this.onWarning(frameWords(this.#others), before);
    } else this.onWarning(warning.message);
  }
}

/** What to do about it is another thing here than in a program. */
function darkWords(images: UnusedBitsError['images']): string {
  return `${inWords(images)} of the pictures use few of their 16 bits, and came out nearly black (${images[0]?.id}, …): choose the window “auto” or “low to high”, and embed again.`;
}

function frameWords(images: OtherFramesError['images']): string {
  const [first] = images;
  return `${inWords(images)} of the files have several pictures, of which one was embedded (${first?.id}: ${first?.frames}, …).`;
}

function inWords({ length }: readonly unknown[]): string {
  return length.toLocaleString('en');
}
