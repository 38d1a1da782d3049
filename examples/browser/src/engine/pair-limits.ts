/** Neighbours whose mean distance makes a point an outlier, less where there are fewer. */
export const NEIGHBOURS = 10;
/** Cosine from which two images count as the same picture. */
export const SAME_IMAGE = 0.99;
