import type { FileDirectory } from '../../src/platform/files.ts';
import { resizeGrid } from '../../src/transformer/positions.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../../weights/config.ts';
import { elementCount } from '../../weights/tensor-info.ts';
import { VIT_NAMES } from '../../weights/tensor-names.ts';
import { floatPieces } from '../../weights/tensor-pieces.ts';
import { classTokens } from '../../weights/tower-config.ts';
import { bertModel } from './bert.ts';
import type { OnnxModel, Weight } from './graph.ts';
import type { AttentionForm, WeightLookup } from './layers.ts';
import {
  ATTENTION_POOL_MUTATIONS,
  BERT_MUTATIONS,
  BERT_POOL_MUTATIONS,
  CLIP_TEXT_MUTATIONS,
  IMAGE_MEAN_MUTATIONS,
  type Mutation,
  OPEN_CLIP_PART_MUTATIONS,
  OPEN_CLIP_VIT_MUTATIONS,
  PADDING_MUTATIONS,
  VIT_MUTATIONS,
} from './mutations.ts';
import type { OnnxSession } from './onnx-session.ts';
import { clipTextModel, openClipVitModel } from './open-clip.ts';
import { createSession, type OnnxSessionOptions } from './session.ts';
import { vitModel } from './vit.ts';

const TIMM_MUTATIONS = [
  ...VIT_MUTATIONS,
  ...IMAGE_MEAN_MUTATIONS,
  ...ATTENTION_POOL_MUTATIONS,
  'exact-gelu',
  'no-ln-pre',
] as const;
const OWN_VIT_MUTATIONS = [...OPEN_CLIP_VIT_MUTATIONS, ...IMAGE_MEAN_MUTATIONS, ...OPEN_CLIP_PART_MUTATIONS];
const ALL_BERT_MUTATIONS = [
  ...BERT_MUTATIONS,
  ...BERT_POOL_MUTATIONS.mean,
  ...BERT_POOL_MUTATIONS.max,
  ...BERT_POOL_MUTATIONS.pooler,
];

/** The image tower of a checkpoint in ONNX Runtime, on the same weights as ours. */
export async function referenceVit(
  directory: FileDirectory,
  session: OnnxSessionOptions,
  options: GraphOptions<Mutation> = {},
): Promise<OnnxSession> {
  return createSession(await imageGraph(directory, options), session);
}

/** The image tower of a checkpoint as an ONNX model. */
export async function imageGraph(
  directory: FileDirectory,
  options: GraphOptions<Mutation> = {},
): Promise<OnnxModel> {
  const { config, lookup } = await readTower(directory, 'image', options);
  const { image } = config;
  return image.kind === 'timm'
    ? vitModel(lookup, { ...image, imageSize: image.size, ...only(TIMM_MUTATIONS, options) })
    : openClipVitModel(lookup, { ...image, ...only(OWN_VIT_MUTATIONS, options) });
}

/** The text tower, likewise. */
export async function referenceText(
  directory: FileDirectory,
  session: OnnxSessionOptions,
  options: GraphOptions<Mutation> = {},
): Promise<OnnxSession> {
  return createSession(await textGraph(directory, options), session);
}

/** The text tower, likewise. */
export async function textGraph(
  directory: FileDirectory,
  options: GraphOptions<Mutation> = {},
): Promise<OnnxModel> {
  const { config, lookup } = await readTower(directory, 'text');
  const { text } = config;
  const clip = [...CLIP_TEXT_MUTATIONS, ...OPEN_CLIP_PART_MUTATIONS, ...PADDING_MUTATIONS];
  return text.kind === 'bert'
    ? bertModel(lookup, { ...text, ...only(ALL_BERT_MUTATIONS, options) })
    : clipTextModel(lookup, { ...text, ...only(clip, options) });
}

interface GraphOptions<M extends Mutation> {
  readonly attention?: AttentionForm;
  readonly mutate?: M;
  /** As of loading: positions are interpolated to it, by the function that torch judges. */
  readonly imageSize?: number;
}

/** @throws {RangeError} for a mutation of the other kind of tower */
function only<M extends Mutation>(
  known: readonly M[],
  { attention, mutate }: GraphOptions<Mutation>,
): GraphOptions<M> {
  const found = known.find((mutation) => mutation === mutate);
  if (mutate !== undefined && !found) throw new RangeError(`this tower has no mutation ${mutate}`);
  return { attention, mutate: found };
}

/** The tower's weights, all in memory: that is how ONNX Runtime takes them. */
async function readTower(
  directory: FileDirectory,
  tower: 'image' | 'text',
  options: Pick<GraphOptions<Mutation>, 'imageSize'> = {},
): Promise<{ config: ModelConfig; lookup: WeightLookup }> {
  const checkpoint = await openCheckpoint(directory);
  try {
    const config = await readConfig(directory, checkpoint, undefined, options);
    const weights = new Map<string, Weight>();
    for (const { name, shape, dtype } of checkpoint.tensors.values()) {
      if (name.startsWith('visual.') !== (tower === 'image') || dtype === 'I64') continue;
      const data = new Float32Array(elementCount(shape));
      for await (const { start, values } of floatPieces(checkpoint, name)) data.set(values, start);
      weights.set(name, { shape, data });
    }
    if (tower === 'image') interpolate(config.image, weights);
    const lookup: WeightLookup = (name) => {
      const weight = weights.get(name);
      if (!weight) throw new RangeError(`the checkpoint has no tensor ${name}`);
      return weight;
    };
    return { config, lookup };
  } finally {
    await checkpoint.close();
  }
}

function interpolate(image: ModelConfig['image'], weights: Map<string, Weight>): void {
  const { size, patch, positionGrid, kind } = image;
  const name = VIT_NAMES[kind].positions;
  const positions = weights.get(name);
  if (!positionGrid || !positions) return;
  const data = resizeGrid(positions.data, positionGrid, size / patch, classTokens(image));
  weights.set(name, { shape: [data.length / image.width, image.width], data });
}
