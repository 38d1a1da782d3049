// Judges: the repulsion of every pair in double precision, and how far scikit-learn's Barnes-Hut is from it at the same
// angle on the same maps (golden/tsne/tsne.py).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { boxCount, moveMap } from '../src/metrics/tsne/step.ts';
import { barnesHutRepulsion, exactRepulsion } from '../src/metrics/tsne/tree.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { floatsFromBase64, seededNormal } from './support/numbers.ts';
import { tsneGolden } from './support/tsne-data.ts';

interface ForcesGolden {
  readonly embedding: string;
  readonly exactRepulsion: string;
  readonly repulsionErrors: readonly { angle: number; relativeNorm: number; largest: number }[];
}

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

/** `[n, 2]`: repulsion over Z, on every `step`-th point; by the tree with an angle, else by all pairs. */
async function repulsion(gpu: Gpu, map: Float32Array, angle?: number): Promise<Float64Array> {
  const n = map.length / 2;
  const y = gpu.upload(map, [n, 2]);
  const { forces } = await gpu.compute(
    'repulsion',
    (cmd) => {
      const motion = cmd.input([n, 4]);
      const boxes = cmd.alloc([boxCount(n), 4]);
      const forces = cmd.alloc([n, 4]);
      moveMap(cmd, { y, motion, boxes, schedule: motion });
      if (angle === undefined) exactRepulsion(cmd, y, forces);
      else barnesHutRepulsion(cmd, y, boxes, angle, forces);
      return { inputs: { motion }, outputs: { forces } };
    },
    { motion: new Float32Array(4 * n) },
  );
  gpu.free(y);
  const z = forces.reduce((sum, value, i) => (i % 4 === 2 ? sum + value : sum), 0);
  return Float64Array.from({ length: 2 * n }, (_, i) => (forces[4 * (i >> 1) + (i & 1)] ?? Number.NaN) / z);
}

/** Every pair in double precision. */
function reference(map: Float32Array): Float64Array {
  const n = map.length / 2;
  const forces = new Float64Array(2 * n);
  let z = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const [dx, dy] = [0, 1].map((c) => (map[2 * i + c] ?? 0) - (map[2 * j + c] ?? 0));
      const q = 1 / (1 + (dx ?? 0) ** 2 + (dy ?? 0) ** 2);
      z += q;
      forces[2 * i] = (forces[2 * i] ?? 0) + q * q * (dx ?? 0);
      forces[2 * i + 1] = (forces[2 * i + 1] ?? 0) + q * q * (dy ?? 0);
    }
  }
  return forces.map((force) => force / z);
}

function errorOf(forces: Float64Array, exact: ArrayLike<number>) {
  let [squares, total, largest] = [0, 0, 0];
  for (let i = 0; i < exact.length; i++) {
    const error = (forces[i] ?? Number.NaN) - (exact[i] ?? 0);
    squares += error ** 2;
    total += (exact[i] ?? 0) ** 2;
    if (!(Math.abs(error) <= largest)) largest = Math.abs(error); // a NaN stays
  }
  return { relativeNorm: Math.sqrt(squares / total), largest };
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  describe.each(['digits', 'clusters'])('on a finished map of %s', (name) => {
    const golden = tsneGolden<ForcesGolden>(name);
    const map = floatsFromBase64(golden.embedding);
    // scikit-learn's sign is the gradient's, ours the repulsion's.
    const exact = floatsFromBase64(golden.exactRepulsion).map((v) => -v);

    test.each(golden.repulsionErrors)(
      'the error at angle $angle is no larger than scikit-learn’s',
      async ({ angle, relativeNorm, largest }) => {
        const forces = await repulsion(of(), map, angle);
        const error = errorOf(everyPoint(forces, exact.length), exact);
        expect(error.relativeNorm).toBeLessThanOrEqual(relativeNorm);
        expect(error.largest).toBeLessThanOrEqual(1.5 * largest); // one point's bad luck
      },
    );

    test('angle 0 and the exact method give the forces of all pairs', async () => {
      for (const angle of [undefined, 0]) {
        const forces = await repulsion(of(), map, angle);
        // f32 sums of thousands of forces that mostly cancel
        expect(errorOf(everyPoint(forces, exact.length), exact).relativeNorm).toBeLessThan(2e-5);
      }
    });
  });

  test.each([
    { name: 'two points', map: [0, 0, 3, 4] },
    { name: 'three on a line', map: [0, 0, 1, 0, 5, 0] },
    { name: 'a box without width', map: [1, 1, 1, 2, 1, 5, 1, 9, 1, -3] },
    { name: 'equal points', map: [2, 2, 2, 2, 2, 2, 2, 2] },
    { name: 'pairs of equal points', map: [0, 0, 0, 0, 7, 1, 7, 1, -3, 2] },
    { name: 'far from the origin', map: [1000, 1000, 1001, 1003, 1004, 998, 1000, 1000.5] },
    { name: 'two tiny clusters far apart', map: [0, 0, 1e-5, 0, 0, 2e-5, 900, 0, 900, 1e-3, 900, 2e-3] },
  ])('a small map: $name', async ({ map }) => {
    const y = Float32Array.from(map);
    const exact = reference(y);
    // f32 places a cell to some 2e-8 of the map's width.
    const tolerance = 1e-6 + 2e-8 * y.reduce((max, v) => Math.max(max, v), 0);
    for (const angle of [undefined, 0]) {
      expect(errorOf(await repulsion(of(), y, angle), exact).largest).toBeLessThan(tolerance);
    }
    expect(errorOf(await repulsion(of(), y, 0.2), exact).largest).toBeLessThan(1e-4);
  });

  test.each([63, 64, 65, 257, 1025])('%d points about the origin, as a map begins', async (n) => {
    const y = seededNormal(2 * n, n).map((v) => v * 1e-4);
    const error = errorOf(await repulsion(of(), y, 0.5), reference(y));
    expect(error.relativeNorm).toBeLessThan(0.02);
  });
});

/** The forces on as many points as `length` has, evenly spread. */
function everyPoint(forces: Float64Array, length: number): Float64Array {
  const step = Math.round(forces.length / length);
  return Float64Array.from({ length }, (_, i) => forces[2 * step * (i >> 1) + (i & 1)] ?? Number.NaN);
}
