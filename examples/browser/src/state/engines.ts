import { signal } from '@preact/signals';

/** Counts up with each recovery of the GPU, so that what was asked or drawn before is asked and drawn anew. */
export const engines = signal(0);
