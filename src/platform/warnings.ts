import type { BiomedClipError } from '../errors.ts';

/** Called with what does not stop the work but may spoil its results. */
export type OnWarning = (warning: BiomedClipError) => void;

/** The default handler, so that warnings are never lost. */
export const warnOnConsole: OnWarning = ({ message }) => console.warn(message);
