import type { Gpu } from '../../device/gpu.ts';
import { agreement } from './agreement.ts';
import { type Judged, unionOf } from './judged-rows.ts';
import { kMeans } from './k-means.ts';
import type { QualityOptions, QualityReport } from './report.ts';
import { type Resamples, withCentredReplicates, withReplicates } from './resampling.ts';

/** k-means over images and texts of the sample; resamples count its rows, they do not cluster anew. */
export async function clusterAgreement(
  gpu: Gpu,
  judged: Judged,
  draws: Resamples,
  sample: Uint32Array,
  { seed, signal, onProgress }: Pick<QualityOptions, 'signal' | 'onProgress'> & { readonly seed: number },
): Promise<QualityReport['clusters']> {
  if (!judged.labels) return undefined;
  const labels = Array.from(sample, (pair) => judged.labels?.[pair] ?? 0);
  const classes = [...labels, ...labels];
  const rows = unionOf(sampledRows(judged, sample));
  const { clusters } = await kMeans(gpu, rows, new Set(labels).size, {
    seed,
    signal,
    onProgress: (done, total) => onProgress?.({ stage: 'clusters', done, total }),
  });
  const measure = (counts: ArrayLike<number>) => {
    const weights = new Float64Array(classes.length);
    for (const [i, pair] of sample.entries()) {
      weights[i] = counts[pair] ?? 0;
      weights[sample.length + i] = counts[pair] ?? 0;
    }
    return agreement(classes, clusters, weights);
  };
  const whole = measure(new Float64Array(judged.n).fill(1));
  const replicates = Array.from({ length: draws.count }, (_, r) => measure(draws.of(r)));
  return {
    adjustedRand: withReplicates(
      whole.adjustedRand,
      Float64Array.from(replicates, (r) => r.adjustedRand),
    ),
    vMeasure: withCentredReplicates(
      whole.vMeasure,
      Float64Array.from(replicates, (r) => r.vMeasure),
    ),
  };
}

function sampledRows({ images, texts, n, dim }: Judged, sample: Uint32Array) {
  if (sample.length === n) return { images, texts, n, dim };
  const pick = (rows: Float64Array) => {
    const picked = new Float64Array(sample.length * dim);
    for (const [i, pair] of sample.entries())
      picked.set(rows.subarray(pair * dim, (pair + 1) * dim), i * dim);
    return picked;
  };
  return { images: pick(images), texts: pick(texts), n: sample.length, dim };
}
