import type { LoadOptions } from '../api.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageSource, WindowChoice } from '../image/source.ts';
import type { TuningCache } from '../kernels/gemm/tuning.ts';
import type { FileDirectory } from './files.ts';
import type { Host } from './host-memory.ts';

/**
 * What the core needs from its environment. Node and the browser each implement it; the core imports neither. `Source`
 * is the type of a checkpoint's location.
 */
export interface Platform<Source = string | URL> extends Host {
  /** The WebGPU entry point; `toggles` are Dawn features, which only Node can switch. */
  gpu(options: { adapter?: string; toggles: readonly string[] }): Promise<GPU>;
  /**
   * Opens a checkpoint directory; the embedded model if `source` is undefined.
   * @throws {BiomedClipError} if there is no such directory
   */
  openDirectory(source: Source | undefined, options: LoadOptions): Promise<FileDirectory>;
  /** @throws {ImageError} naming the source */
  decodeImage(source: ImageSource, window?: WindowChoice): Promise<DecodedImage>;
  /** Keeps measured kernel choices between runs. */
  readonly tuningCache: TuningCache;
}
