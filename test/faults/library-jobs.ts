import { createHash } from 'node:crypto';
import { BiomedClip, modalityGap, releaseGpu, similarityMatrix, tsne } from '../../src/index.ts';
import { calls } from './calls.ts';
import type { Fixture } from './fixture.ts';
import type { Job, Run } from './job.ts';

type Results = Readonly<Record<string, string>>;

const adapter = process.env.BIOMEDCLIP_ADAPTER;

/** The library's calls, each on a device of its own (`cold`) and on one that has done it before (`warm`). */
export function libraryJobs(fixture: Fixture): Job[] {
  return [
    loadJob(fixture),
    ...['cold', 'warm'].map((state) => embedJob(fixture, state === 'warm')),
    ...metricCalls(fixture).flatMap(({ name, call, cold = METRIC.whole }) => [
      { ...METRIC, name: `${name}, cold`, whole: cold, run: (run: Run) => call(run).finally(releaseGpu) },
      { ...METRIC, name: `${name}, warm`, run: call, end: releaseGpu },
    ]),
  ];
}

const METRIC = { leaves: 'nothing', whole: 'every', sample: 3 } as const;

function loadJob({ model: path }: Fixture): Job {
  return {
    name: 'load',
    leaves: 'nothing',
    whole: 'by label',
    sample: 4,
    run: async ({ signal }) => {
      const model = await BiomedClip.load(path, { adapter, signal, onWarning: () => {} });
      const { fingerprint } = model.info;
      model.destroy();
      return { fingerprint };
    },
  };
}

/** Both kinds, in batches of two sizes. */
function embedJob({ model: path, images }: Fixture, warm: boolean): Job {
  let kept: Promise<BiomedClip> | undefined;
  const keep = () => {
    kept ??= load();
    return kept;
  };
  const load = () => BiomedClip.load(path, { adapter, onWarning: () => {} });
  const destroy = async (model: Promise<BiomedClip> | undefined) => (await model)?.destroy();
  const texts = ['a chest X-ray', 'brain MRI', 'a longer caption of a scan that has more tokens than others'];
  return {
    name: `embedBatch, ${warm ? 'warm' : 'cold'}`,
    leaves: 'nothing',
    whole: warm ? 'every' : 'by label',
    sample: 4,
    run: async ({ signal }) => {
      const loading = warm ? keep() : load();
      try {
        const model = await calls.without(() => loading);
        const result = await model.embedBatch({ images, texts }, { batchSize: 3, signal });
        return { images: digest(result.images.data), texts: digest(result.texts.data) };
      } finally {
        if (!warm) await destroy(loading.catch(() => undefined) as Promise<BiomedClip>);
      }
    },
    end: () => destroy(kept),
  };
}

interface MetricCall {
  readonly name: string;
  readonly call: (run: Run) => Promise<Results>;
  /** What a whole run tries on a new device, where all errors of all calls would take an hour. */
  readonly cold?: Job['whole'];
}

function metricCalls({ vectors: { images, texts } }: Fixture): MetricCall[] {
  return [
    {
      name: 'tsne',
      cold: 'by label',
      call: async ({ signal }) => {
        const options = { perplexity: 5, maxIter: 250, signal };
        return { embedding: digest((await tsne(images, options)).embedding) };
      },
    },
    {
      name: 'similarityMatrix with topK',
      call: async ({ signal }) => {
        const { indices, values } = await similarityMatrix(images, texts, { topK: 3, signal });
        return { indices: digest(indices), values: digest(values) };
      },
    },
    {
      name: 'modalityGap',
      call: async ({ signal }) => {
        const report = await modalityGap(images, texts, { resamples: 20, permutations: 20, signal });
        return { report: digest(Buffer.from(JSON.stringify(report))) };
      },
    },
  ];
}

function digest(data: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(data).digest('hex');
}
