/** The four kinds of pairs between images and texts. */
export const QUADRANTS = ['imageImage', 'textText', 'matched', 'mismatched'] as const;
/** A kind of pair: two images, two texts, an image with its own text, an image with another text. */
export type Quadrant = (typeof QUADRANTS)[number];

export const QUADRANT_NAMES: Readonly<Record<Quadrant, string>> = {
  imageImage: 'image–image',
  textText: 'text–text',
  matched: 'matching image–text pairs',
  mismatched: 'other image–text pairs',
};

/**
 * The values of a symmetric matrix of n images and then their n texts, by kind. Within a modality each pair counts
 * once, and a row with itself does not.
 * @param values `[2n, 2n]`, row-major; image i belongs to text i
 */
export function quadrantValues(values: Float32Array, pairs: number): Record<Quadrant, Float64Array> {
  const side = 2 * pairs;
  const within = (pairs * (pairs - 1)) / 2;
  const found = {
    imageImage: new Float64Array(within),
    textText: new Float64Array(within),
    matched: new Float64Array(pairs),
    mismatched: new Float64Array(pairs * (pairs - 1)),
  };
  const at = { imageImage: 0, textText: 0, matched: 0, mismatched: 0 };
  const add = (kind: Quadrant, row: number, column: number) => {
    found[kind][at[kind]++] = values[row * side + column] ?? Number.NaN;
  };
  for (let i = 0; i < pairs; i++) {
    for (let j = i + 1; j < pairs; j++) {
      add('imageImage', i, j);
      add('textText', pairs + i, pairs + j);
    }
    for (let j = 0; j < pairs; j++) add(i === j ? 'matched' : 'mismatched', i, pairs + j);
  }
  return found;
}
