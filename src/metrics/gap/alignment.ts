/**
 * Alignment of Wang and Isola 2020 with alpha = 2: the mean of ||x_i - y_i||^2 over matching pairs, which of unit
 * vectors is 2 - 2 cos. 0 is best, 2 is what unrelated vectors have.
 */
export function alignment(meanMatchedCosine: number): number {
  return 2 - 2 * meanMatchedCosine;
}
