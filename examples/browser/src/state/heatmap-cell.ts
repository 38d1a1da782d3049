import { signal } from '@preact/signals';

/** The cell of the heatmap that is looked at: a row and a column of the matrix as it is shown. */
export const heatmapCell = signal<readonly [row: number, column: number] | undefined>(undefined);
