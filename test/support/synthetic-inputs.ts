import { seededNormal } from './numbers.ts';

/** An image that needs no resampling, smooth and different for each seed, as decoded pixels. */
export function syntheticImage(size: number, seed: number) {
  const [fx = 0, fy = 0, phase = 0, ...tint] = seededNormal(6, seed + 1);
  const noise = seededNormal(size * size, seed + 100);
  const data = new Uint8ClampedArray(size * size * 4);
  for (let i = 0; i < size * size; i++) {
    const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
    const wave = Math.sin(9 * (fx * x + fy * y) + phase) + 0.3 * (noise[i] ?? 0);
    for (let c = 0; c < 3; c++) data[4 * i + c] = 128 + 70 * wave + 40 * (tint[c] ?? 0);
    data[4 * i + 3] = 255;
  }
  return { width: size, height: size, data };
}

/** Texts of exactly these many tokens under a vocabulary that has these words. */
export function textsOfTokens(lengths: readonly number[]): string[] {
  const words = ['image', 'photo', 'of', 'is', 'a', 'this', 'brain', 'chest'];
  return lengths.map((length, row) =>
    Array.from({ length: length - 2 }, (_, i) => words[(i * (row + 3) + (i >> 2)) % words.length]).join(' '),
  );
}
