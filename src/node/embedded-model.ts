import { fileURLToPath } from 'node:url';

/** The directory of the package's own model. The source and the built file both lie two levels below the package. */
export const EMBEDDED_MODEL = fileURLToPath(new URL('../../weights/default', import.meta.url));
