import type { BiomedClip } from '../../api.ts';
import { closeRows } from '../../closing/affine-map.ts';
import type { ItemPart } from '../../metrics/evaluation/split.ts';
import { zeroShotMetrics } from '../../metrics/evaluation/zero-shot.ts';
import { selectRows, type Vectors } from '../../metrics/vectors.ts';
import type { Output, Session } from '../cli/session.ts';
import { withGpu } from '../cli/with-gpu.ts';
import { type ClosingFile, closingEntry } from '../closing-file.ts';
import { DifferentCheckpointsError } from '../errors.ts';
import type { KeptItems, PromptedClass } from '../evaluation/classes.ts';
import { LabelledSetError } from '../evaluation/errors.ts';
import type { Evaluation, JudgedMethod } from '../evaluation/evaluation.ts';
import type { LabelledSet } from '../evaluation/labelled-set.ts';
import { nodeHost } from '../host.ts';
import { IdentifiedImages } from '../image-identity.ts';
import { fileDigest } from '../npy-vectors.ts';
import { listDigest, modelName, provenanceOf } from '../provenance.ts';
import { gpuOf } from '../rows-provenance.ts';
import { rowsOf } from './embed-rows.ts';
import type { EvaluateCommandOptions } from './evaluate.ts';
import { groupsOf, judgeProbes } from './evaluate-probes.ts';
import { searchSpace } from './search-space.ts';

/** What is scored. */
interface Scoring {
  readonly set: LabelledSet;
  readonly kept: KeptItems;
  readonly classes: readonly PromptedClass[];
  readonly parts: readonly ItemPart[] | undefined;
  readonly closing: ClosingFile | undefined;
}

type Scored = Omit<Evaluation, 'source' | 'classes' | 'templates' | 'recipe'>;

/** Embeds what is not embedded yet, and judges zero-shot classification and probes. */
export async function scoreSet(
  model: BiomedClip,
  scoring: Scoring,
  options: EvaluateCommandOptions,
  session: Session,
  output: Output,
): Promise<Scored> {
  const { set, classes, closing, parts } = scoring;
  return withGpu(options, async (gpu) => {
    const prompts = classes.flatMap((one) => one.prompts);
    const space =
      set.embedded && (await searchSpace(gpu, set.directory ?? '', set.embedded, { closing, centre: false }));
    const read = new IdentifiedImages();
    const embedded = await embed(model, scoring, prompts, read, options, session, output);
    if (set.embedded && set.embedded.manifest.fingerprint !== model.info.fingerprint) {
      const { path, manifest } = set.embedded;
      throw new DifferentCheckpointsError(
        path,
        manifest.fingerprint ?? 'unknown',
        `the model ${model.info.name}`,
        model.info.fingerprint,
      );
    }
    const { items, places, notes } = embedded;
    const images = space ? selectRows(space.rows, [...scoring.kept.places]) : embedded.images;
    const texts = space?.maps
      ? await closeRows(gpu, 'the prompts', space.maps.texts, embedded.texts)
      : embedded.texts;
    const { resamples, seed } = options;
    const judging = { resamples, seed, signal: session.signal };
    const labels = items.map(({ label }) => label);
    const names = classes.map(({ label }) => label);
    const promptLabels = classes.flatMap(({ label, prompts }) => prompts.map(() => label));
    const scale = set.embedded?.manifest.closing
      ? set.embedded.manifest.logitScale
      : closing?.report.logitScale;
    const logits = { logitScale: scale ?? model.info.logitScale, logitBias: model.info.logitBias };
    const rows = {
      images,
      labels,
      prompts: texts,
      promptLabels,
      classes: names,
      groups: groupsOf(items),
      ...logits,
    };
    const report = await zeroShotMetrics(gpu, rows, judging, nodeHost);
    const several = prompts.length / classes.length;
    const zeroShot: JudgedMethod = {
      ...{ name: 'zero-shot', title: 'zero-shot', report, items },
      settings: `the class of largest cosine; ${several === 1 ? 'one prompt a class' : `${prompts.length} prompts, averaged by class`}`,
    };
    const split = parts && places.map((place) => parts[place] ?? 'unused');
    const probes = split
      ? await judgeProbes(gpu, { images, items, classes: names, parts: split }, options, session, output)
      : [];
    const inputs = {
      images: set.embedded
        ? await fileDigest(set.embedded.path)
        : listDigest(scoring.kept.items.map((_, i) => read.identityOf(i).sha256 ?? '')),
      labels: listDigest(labels),
      prompts: listDigest(prompts),
      ...(closing && { closing: closing.sha256 }),
    };
    const { name, fingerprint, untrained, dtype, adapter } = model.info;
    return {
      provenance: provenanceOf(session, {
        seed: seed ?? 0,
        gpu: gpuOf(model.info),
        model: model.info,
        inputs,
      }),
      ...{ model: modelName(name), fingerprint, untrained, dtype, adapter },
      ...(closing && { closing: closingEntry(closing) }),
      methods: [zeroShot, ...probes],
      ...(split && { parts: countsOf(split) }),
      notes,
    };
  });
}

interface Embedded {
  readonly images: Vectors;
  readonly texts: Vectors;
  /** Those that could be read, with their places among the kept ones. */
  readonly items: KeptItems['items'];
  readonly places: readonly number[];
  readonly notes: readonly string[];
}

async function embed(
  model: BiomedClip,
  { set, kept }: Scoring,
  prompts: readonly string[],
  read: IdentifiedImages,
  { batchSize, onError, window }: EvaluateCommandOptions,
  { signal }: Session,
  output: Output,
): Promise<Embedded> {
  const images = set.embedded ? [] : kept.items;
  const result = await model.embedBatch(
    { images: images.map(({ id, path }, i) => read.named(i, path, { id, window })), texts: prompts },
    {
      ...{ batchSize, onError, signal },
      onWarning: ({ message }) => output.warn(message),
      onProgress: ({ kind, done, total }) => output.progress.update(`embedding ${kind}s`, done, total),
    },
  );
  if (result.truncated.length > 0) {
    output.warn(`prompts that were cut to ${model.info.contextLength} tokens: ${result.truncated.length}`);
  }
  for (const { error } of result.skipped) output.warn(`skipped: ${error}`);
  const rows = set.embedded ? kept.items.keys() : rowsOf(images.length, 'image', result.skipped).keys();
  const places = [...rows];
  if (places.length === 0) throw new LabelledSetError(set.source, 'none of its images could be read');
  const skipped = result.skipped.length;
  return {
    images: result.images,
    texts: result.texts,
    items: places.flatMap((place) => kept.items[place] ?? []),
    places,
    notes:
      skipped > 0 ? [`left out, since they could not be read: ${skipped} of ${images.length} images`] : [],
  };
}

function countsOf(parts: readonly ItemPart[]): Record<ItemPart, number> {
  const counts = { train: 0, validation: 0, test: 0, unused: 0 };
  for (const part of parts) counts[part] += 1;
  return counts;
}
