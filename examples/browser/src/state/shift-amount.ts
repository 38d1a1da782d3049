import { signal } from '@preact/signals';

/** How far the modalities are moved together, as the engine has it: 0 not at all, 1 centroid on centroid. */
export const shiftAmount = signal(0);
