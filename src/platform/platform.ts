import type { LoadOptions } from '../api.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageSource, WindowChoice } from '../image/source.ts';
import type { TuningCache } from '../kernels/gemm/tuning.ts';
import type { FileDirectory } from './files.ts';
import type { Host } from './host-memory.ts';

/**
 * What the core needs from where it runs. Node and the browser each provide one; the core imports neither.
 * `Source` is what a checkpoint directory can be given as.
 */
export interface Platform<Source = string | URL> extends Host {
  /** The WebGPU entry point; `toggles` are Dawn features, which only Node can switch. */
  gpu(options: { adapter?: string; toggles: readonly string[] }): Promise<GPU>;
  /**
   * The package's own model where `source` is undefined.
   * @throws {BiomedClipError} if there is no such directory
   */
  openDirectory(source: Source | undefined, options: LoadOptions): Promise<FileDirectory>;
  /** @throws {ImageError} naming the source */
  decodeImage(source: ImageSource, window?: WindowChoice): Promise<DecodedImage>;
  /** Where measured kernel choices are kept between runs. */
  readonly tuningCache: TuningCache;
}
