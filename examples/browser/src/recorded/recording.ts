import type { Figures, GapReport, PrincipalMap } from '../engine/types.ts';

/** What was computed of the example set with a GPU, as `npm run page:record` writes it. */
export interface Recording {
  readonly date: string;
  readonly adapter: string;
  /** Of the package. */
  readonly version: string;
  readonly fingerprint: string;
  readonly logitScale: number;
  /** Of the pairs, in the order of the rows. */
  readonly ids: readonly string[];
  readonly dim: number;
  /** Float32 in Base64, little endian: `[n, dim]` */
  readonly images: string;
  readonly texts: string;
  /** `[2n, 2]`, likewise. */
  readonly map: string;
  readonly klDivergence: number | undefined;
  readonly principal: { readonly embedding: string; readonly explained: PrincipalMap['explained'] };
  readonly figures: Figures;
  /** With the gap vector as a list. */
  readonly gap: Omit<GapReport, 'gapVector'> & { readonly gapVector: readonly number[] };
}

export function floatsOf(base64: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

export function base64Of(floats: Float32Array): string {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
