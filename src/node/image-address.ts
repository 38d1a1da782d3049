import { existsSync } from 'node:fs';
import type { DecodeOptions, ImagePlane } from '../image/decode-options.ts';

/** Where an image lies: in a file or at a URL, and where there are several in it, which is meant. */
export interface ImageAddress {
  /** Path or URL. */
  readonly file: string;
  /** The frame, page or slice of a file. */
  readonly picture?: Pick<DecodeOptions, 'frame' | 'plane'>;
  /** What a container, such as an archive, calls the image. */
  readonly member?: string;
}

/**
 * Reads `scan.dcm#frame=3`, `stack.tif#page=3`, `volume.nii.gz#axial=40` or `set.tar#0001.jpg`. A file with such a name goes
 * first; where there is no file before a `#`, the whole is a path.
 */
export function imageAddress(text: string): ImageAddress {
  const at = fragmentAt(text);
  if (at < 0) return { file: text };
  const [file, fragment] = [text.slice(0, at), text.slice(at + 1)];
  const [, kind = '', number] = /^(frame|page|axial|coronal|sagittal)=([1-9]\d{0,8})$/.exec(fragment) ?? [];
  if (number === undefined) return { file, member: fragment };
  const frame = Number(number);
  const plane = kind === 'frame' || kind === 'page' ? undefined : (kind as ImagePlane);
  return { file, picture: plane ? { frame, plane } : { frame } };
}

/** Whether an image is read over the network, from a URL or a bucket: by `--allow-urls` alone. */
export function isRemote(image: string): boolean {
  return /^(https?|s3):/i.test(image);
}

/** Where the `#` of the fragment is; -1 where there is none. */
function fragmentAt(text: string): number {
  if (/^data:/i.test(text)) return -1;
  if (/^(https?|file|s3):/i.test(text)) return text.indexOf('#');
  for (let at = text.indexOf('#'); at >= 0 && !existsSync(text); at = text.indexOf('#', at + 1)) {
    if (existsSync(text.slice(0, at))) return at;
  }
  return -1;
}
