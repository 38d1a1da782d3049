import type { ModelConfig } from './config.ts';
import {
  type DtypeMismatch,
  MissingTensorError,
  type ShapeMismatch,
  TensorDtypeError,
  TensorShapeError,
} from './errors.ts';
import { FLOAT_DTYPES } from './floats.ts';
import { type HeadLayer, imageHead, textHead } from './head-layers.ts';
import { isInt8, scalesOf } from './int8.ts';
import type { Checkpoint, TensorDtype } from './tensor-info.ts';
import {
  type AttentionPoolNames,
  BERT_NAMES,
  type BlocksNames,
  blockNames,
  clipTextNames,
  LOGIT_BIAS,
  LOGIT_SCALE,
  layerTensors,
  VIT_NAMES,
  vitNorm,
} from './tensor-names.ts';
import {
  type BertConfig,
  BOTH_TOWERS,
  type ClipTextConfig,
  classTokens,
  type OpenClipVitConfig,
  patchGrid,
  type TimmVitConfig,
  type TowerSizes,
} from './tower-config.ts';

/** A tensor that a model of some configuration has. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtypes: readonly TensorDtype[];
  /** A matrix of outputs by inputs, or a table of rows: may also be int8 with a scale for each row. */
  readonly byRows: boolean;
  /** In the files of some library versions only, and not needed. */
  readonly optional: boolean;
}

/**
 * Every tensor of a model, in the order of open_clip's state dict: 352 for BiomedCLIP. A BERT's `position_ids`, a
 * buffer that newer versions of transformers no longer save, is the only optional and the only integer one.
 */
export function expectedTensors(config: ModelConfig, wanted = BOTH_TOWERS): ExpectedTensor[] {
  return [
    float(LOGIT_SCALE),
    ...(config.logitBias ? [float(LOGIT_BIAS)] : []),
    ...(wanted.image ? imageTensors(config) : []),
    ...(wanted.text ? textTensors(config) : []),
  ];
}

/** The names of the tensors that the engine reads, scales included, in the order of {@link expectedTensors}. */
export function tensorNames(
  config: ModelConfig,
  { tensors }: Pick<Checkpoint, 'tensors'> = { tensors: new Map() },
  wanted = BOTH_TOWERS,
): string[] {
  return expectedTensors(config, wanted)
    .filter((tensor) => !tensor.optional)
    .flatMap(({ name }) => {
      const tensor = tensors.get(name);
      return tensor && isInt8({ tensors }, tensor) ? [name, scalesOf(name)] : [name];
    });
}

/** The names of the tensors that may be int8 with a scale for each row. */
export function byRowsNames(config: ModelConfig): Set<string> {
  return new Set(
    expectedTensors(config)
      .filter(({ byRows }) => byRows)
      .map(({ name }) => name),
  );
}

/**
 * Checks that the checkpoint has every tensor of the model in the right shape and a dtype that is read (F32, F16, BF16,
 * or I8 with scales). Reads no data. Each error lists all tensors with that fault.
 * @returns the names of tensors that the model does not know; they are ignored
 * @throws {MissingTensorError | TensorShapeError | TensorDtypeError} the first of these that applies
 */
export function checkTensors(
  checkpoint: Pick<Checkpoint, 'file' | 'tensors'>,
  config: ModelConfig,
): { readonly unexpected: readonly string[] } {
  const { file, tensors } = checkpoint;
  const expected = expectedTensors(config);
  const missing = expected.filter(({ name, optional }) => !optional && !tensors.has(name));
  if (missing.length > 0)
    throw new MissingTensorError(
      file,
      missing.map(({ name }) => name),
    );

  const shapes: ShapeMismatch[] = [];
  const dtypes: DtypeMismatch[] = [];
  const scales = new Set<string>();
  for (const { name, shape, dtypes: accepted, byRows } of expected) {
    const actual = tensors.get(name);
    if (!actual) continue;
    const scale = byRows && isInt8(checkpoint, actual) ? tensors.get(scalesOf(name)) : undefined;
    if (scale) {
      const rows = shape[0] as number; // a matrix has some
      scales.add(scale.name);
      const { shape: found, dtype } = scale;
      if (found.length > 2 || found[0] !== rows || (found[1] ?? 1) !== 1) {
        shapes.push({ tensor: scale.name, expected: [rows, 1], actual: found });
      }
      if (dtype !== 'F32') dtypes.push({ tensor: scale.name, expected: ['F32'], actual: dtype });
    }
    if (!sameShape(actual.shape, shape)) shapes.push({ tensor: name, expected: shape, actual: actual.shape });
    if (!scale && !accepted.includes(actual.dtype)) {
      dtypes.push({ tensor: name, expected: accepted, actual: actual.dtype });
    }
  }
  if (shapes.length > 0) throw new TensorShapeError(file, shapes);
  if (dtypes.length > 0) throw new TensorDtypeError(file, dtypes);

  const known = new Set(expected.map(({ name }) => name));
  return { unexpected: [...tensors.keys()].filter((name) => !known.has(name) && !scales.has(name)) };
}

function imageTensors({ embedDim, image }: ModelConfig): ExpectedTensor[] {
  return image.kind === 'timm' ? timmVit(embedDim, image) : openClipVit(embedDim, image);
}

/** timm's VisionTransformer under open_clip's TimmModel. */
function timmVit(embedDim: number, image: TimmVitConfig): ExpectedTensor[] {
  const { width: C, patch } = image;
  const names = VIT_NAMES.timm;
  return [
    ...(classTokens(image) === 1 ? [float(names.clsToken, 1, 1, C)] : []),
    float(names.positions, 1, tokensOf(image), C),
    ...(image.preNorm
      ? [byRows(`${names.patchEmbed}.weight`, C, 3, patch, patch), ...norm(names.preNorm, C)]
      : linear(names.patchEmbed, C, 3, patch, patch)),
    ...blocks(names.blocks, image),
    ...norm(vitNorm(image), C),
    ...(image.pool === 'attention' ? attentionPool(names.attentionPool, image) : []),
    ...head(imageHead(image), C, embedDim),
  ];
}

/** timm's AttentionPoolLatent. */
function attentionPool(names: AttentionPoolNames, { width: C, mlpWidth }: TowerSizes): ExpectedTensor[] {
  return [
    float(names.latent, 1, 1, C),
    ...linear(names.q, C, C),
    ...linear(names.kv, 2 * C, C),
    ...linear(names.proj, C, C),
    ...norm(names.norm, C),
    ...linear(names.fc1, mlpWidth, C),
    ...linear(names.fc2, C, mlpWidth),
  ];
}

/** open_clip's VisionTransformer. */
function openClipVit(embedDim: number, image: OpenClipVitConfig): ExpectedTensor[] {
  const { width: C, patch } = image;
  const names = VIT_NAMES.open_clip;
  return [
    float(names.clsToken, C),
    float(names.positions, tokensOf(image), C),
    ...head(imageHead(image), C, embedDim),
    byRows(`${names.patchEmbed}.weight`, C, 3, patch, patch),
    ...(image.preNorm ? norm(names.preNorm, C) : []),
    ...blocks(names.blocks, image),
    ...norm(names.norm, C),
  ];
}

function tokensOf(image: TimmVitConfig | OpenClipVitConfig): number {
  return (image.positionGrid ?? patchGrid(image)) ** 2 + classTokens(image);
}

function textTensors({ embedDim, text }: ModelConfig): ExpectedTensor[] {
  return text.kind === 'bert' ? bert(embedDim, text) : clipText(embedDim, text);
}

/** Hugging Face's BertModel, with its pooling layer only where it is used, under open_clip's HFTextEncoder. */
function bert(embedDim: number, text: BertConfig): ExpectedTensor[] {
  const { width: C, mlpWidth, depth, vocabularySize, positions, tokenTypes } = text;
  const layers = Array.from({ length: depth }, (_, i) => BERT_NAMES.layer(i));
  return [
    {
      name: `${BERT_NAMES.embeddings}.position_ids`,
      shape: [1, positions],
      dtypes: ['I64'],
      byRows: false,
      optional: true,
    },
    byRows(BERT_NAMES.words, vocabularySize, C),
    float(BERT_NAMES.positions, positions, C),
    float(BERT_NAMES.tokenTypes, tokenTypes, C),
    ...norm(BERT_NAMES.embeddingsNorm, C),
    ...layers.flatMap((layer) => [
      ...linear(`${layer}.attention.self.query`, C, C),
      ...linear(`${layer}.attention.self.key`, C, C),
      ...linear(`${layer}.attention.self.value`, C, C),
      ...linear(`${layer}.attention.output.dense`, C, C),
      ...norm(`${layer}.attention.output.LayerNorm`, C),
      ...linear(`${layer}.intermediate.dense`, mlpWidth, C),
      ...linear(`${layer}.output.dense`, C, mlpWidth),
      ...norm(`${layer}.output.LayerNorm`, C),
    ]),
    ...(text.pool === 'pooler' ? linear(BERT_NAMES.pooler, C, C) : []),
    ...head(textHead(text), C, embedDim),
  ];
}

/** open_clip's TextTransformer. */
function clipText(embedDim: number, text: ClipTextConfig): ExpectedTensor[] {
  const { width: C, vocabularySize, positions } = text;
  const names = clipTextNames(text.prefix);
  return [
    float(names.positions, positions || text.contextLength, C),
    ...head(textHead(text), C, embedDim),
    ...blocks(names.blocks, text),
    byRows(names.words, vocabularySize, C),
    ...norm(names.norm, C),
  ];
}

interface BlocksSizes extends TowerSizes {
  readonly layerScale?: boolean;
}

/** A stack of pre-norm blocks. */
function blocks(
  names: BlocksNames,
  { width: C, mlpWidth, depth, layerScale }: BlocksSizes,
): ExpectedTensor[] {
  return Array.from({ length: depth }, (_, i) => blockNames(names, i)).flatMap((block) => [
    ...norm(block.norm1, C),
    ...linear(block.qkv, 3 * C, C),
    ...linear(block.proj, C, C),
    ...norm(block.norm2, C),
    ...linear(block.fc1, mlpWidth, C),
    ...linear(block.fc2, C, mlpWidth),
    ...(layerScale ? [float(block.scale1, C), float(block.scale2, C)] : []),
  ]);
}

/** What is behind pooling, from the tower's width C to the embeddings' D. */
function head(layers: readonly HeadLayer[], C: number, D: number): ExpectedTensor[] {
  return layers.flatMap(({ name, bias, transposed, outputs = D }, i) => {
    const inputs = layers[i - 1]?.outputs ?? C;
    if (transposed) return [float(name, inputs, outputs)];
    const tensors = layerTensors(name);
    return [byRows(tensors.weight, outputs, inputs), ...(bias ? [float(tensors.bias, outputs)] : [])];
  });
}

/** No axis is empty, even if the tensor that its size was taken from is. */
function float(name: string, ...sizes: number[]): ExpectedTensor {
  const shape = sizes.map((size) => Math.max(size, 1));
  return { name, shape, dtypes: FLOAT_DTYPES, byRows: false, optional: false };
}

function byRows(name: string, ...sizes: number[]): ExpectedTensor {
  return { ...float(name, ...sizes), byRows: true };
}

function norm(name: string, width: number): ExpectedTensor[] {
  return [float(`${name}.weight`, width), float(`${name}.bias`, width)];
}

function linear(name: string, outputs: number, ...inputs: number[]): ExpectedTensor[] {
  const { weight, bias } = layerTensors(name);
  return [byRows(weight, outputs, ...inputs), float(bias, outputs)];
}

/** One number is a scalar or a vector of it, as in open_clip. */
function sameShape(actual: readonly number[], expected: readonly number[]): boolean {
  if (expected.length === 0 && actual.length === 1) return actual[0] === 1;
  return actual.length === expected.length && actual.every((size, axis) => size === expected[axis]);
}
