/**
 * What `embedBatch` takes as an image: a path (Node) or URL, the bytes of an image file, or pixels that are
 * decoded already.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | ImageBitmap | ImageData;

/** Maps 16-bit grey values to bytes: `low` and below to 0, `high` and above to 255. The default is 0 to 65,535. */
export interface ImageWindow {
  readonly low: number;
  readonly high: number;
}
