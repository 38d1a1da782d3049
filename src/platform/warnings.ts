import type { BiomedClipError } from '../errors.ts';

/** Told what does not stop the work, but may make its results other than what was wanted. */
export type OnWarning = (warning: BiomedClipError) => void;

/** Where the caller gives no handler, so that nothing is wrong in silence. */
export const warnOnConsole: OnWarning = ({ message }) => console.warn(message);
