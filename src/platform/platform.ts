import type { CheckpointSource, LoadOptions } from '../api.ts';
import type { DecodeOptions } from '../image/decode-options.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageSource } from '../image/source.ts';
import type { TuningCache } from '../kernels/gemm/tuning.ts';
import type { ByteSource, FileDirectory } from './files.ts';
import type { Host } from './host-memory.ts';

/**
 * What the core needs from its environment. Node and the browser each implement it; the core imports neither.
 */
export interface Platform extends Host {
  /** The WebGPU entry point; `toggles` are Dawn features, which only Node can switch. */
  gpu(options: { adapter?: string; toggles: readonly string[] }): Promise<GPU>;
  /**
   * Opens a checkpoint directory; the embedded model if `source` is undefined.
   * @throws {BiomedClipError} if there is no such directory
   */
  openDirectory(source: CheckpointSource | undefined, options: LoadOptions): Promise<FileDirectory>;
  /** @throws {ImageError} naming the source */
  decodeImage(source: ImageSource, options?: DecodeOptions): Promise<DecodedImage>;
  /**
   * A single file: by path in Node, behind a URL in either.
   * @throws {FileReadError} if there is none @throws {InvalidOptionError} for what is neither
   */
  openFile(source: string | URL): Promise<ByteSource>;
  /** Writes a whole file; one that was there before stays if that fails. Node only. @throws {BiomedClipError} */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Keeps measured kernel choices between runs. */
  readonly tuningCache: TuningCache;
}
