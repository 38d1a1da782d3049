import { readFile } from 'node:fs/promises';
import type { DecodedImage } from '../../src/image/decoded-image.ts';
import type { ImageWindow } from '../../src/image/source.ts';

const folder = new URL('../golden/dicom/', import.meta.url);

/** Synthetic files, what a viewer shows of them by pydicom, and what is refused. `test/golden/dicom.py` makes them. */
export const dicomGolden: {
  readonly shown: Readonly<
    Record<
      string,
      {
        readonly file: string;
        readonly width: number;
        readonly height: number;
        readonly frame?: number;
        readonly window?: ImageWindow | 'auto';
        /** In levels of 255. */
        readonly tolerance?: number;
        readonly channels: 1 | 3;
        /** `[height, width, channels]` bytes, deflated, in Base64. */
        readonly shown: string;
      }
    >
  >;
  readonly refused: Readonly<
    Record<string, { readonly file: string; readonly error: string; readonly says: string }>
  >;
} = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));

export function dicomFile(file: string): URL {
  return new URL(file, folder);
}

/** At an odd offset of a larger buffer, Node's: there, `slice` copies nothing. */
export async function dicomBytes(file: string): Promise<Buffer> {
  return Buffer.concat([Buffer.alloc(3), await readFile(dicomFile(file))]).subarray(3);
}

/** The first channel. */
export function grey({ data }: DecodedImage): number[] {
  return Array.from(data).filter((_, i) => i % 4 === 0);
}
