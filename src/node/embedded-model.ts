import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The directory of the package's own model. The source and the built file both lie two levels below the package. No
 * `new URL(folder, import.meta.url)`: bundlers take that for a file to emit.
 */
export const EMBEDDED_MODEL = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'weights', 'default');
