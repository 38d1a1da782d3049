import type { ModelConfig } from './config.ts';
import {
  type DtypeMismatch,
  MissingTensorError,
  type ShapeMismatch,
  TensorDtypeError,
  TensorShapeError,
} from './errors.ts';
import { FLOAT_DTYPES } from './floats.ts';
import type { Checkpoint, TensorDtype } from './tensor-info.ts';
import { LOGIT_SCALE, TEXT, VISUAL } from './tensor-names.ts';

/** A tensor that a model of some configuration has. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtypes: readonly TensorDtype[];
  /** In the files of some library versions only, and not needed. */
  readonly optional: boolean;
}

/**
 * Every tensor of a model, in the order of open_clip's state dict: 352 for BiomedCLIP. `position_ids`, a buffer
 * that newer versions of transformers no longer save, is the only optional and the only integer one.
 */
export function expectedTensors(config: ModelConfig): ExpectedTensor[] {
  return [float(LOGIT_SCALE), ...imageTensors(config), ...textTensors(config)];
}

/** The names of the float tensors that the engine uploads, in the order of {@link expectedTensors}. */
export function tensorNames(config: ModelConfig): string[] {
  return expectedTensors(config)
    .filter((tensor) => !tensor.optional)
    .map((tensor) => tensor.name);
}

/**
 * Checks that the checkpoint has every tensor of the model in the right shape and a dtype that is read (F32, F16
 * or BF16). Reads no data. Each error lists all tensors with that fault.
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
  for (const { name, shape, dtypes: accepted } of expected) {
    const actual = tensors.get(name);
    if (!actual) continue;
    if (!sameShape(actual.shape, shape)) shapes.push({ tensor: name, expected: shape, actual: actual.shape });
    if (!accepted.includes(actual.dtype)) {
      dtypes.push({ tensor: name, expected: accepted, actual: actual.dtype });
    }
  }
  if (shapes.length > 0) throw new TensorShapeError(file, shapes);
  if (dtypes.length > 0) throw new TensorDtypeError(file, dtypes);

  const known = new Set(expected.map(({ name }) => name));
  return { unexpected: [...tensors.keys()].filter((name) => !known.has(name)) };
}

/** timm's VisionTransformer under open_clip's TimmModel. */
function imageTensors({ embedDim, image }: ModelConfig): ExpectedTensor[] {
  const { width: C, mlpWidth, patch, size, depth } = image;
  const tokens = (size / patch) ** 2 + 1;
  const blocks = Array.from({ length: depth }, (_, i) => VISUAL.block(i));
  return [
    float(VISUAL.clsToken, 1, 1, C),
    float(VISUAL.positions, 1, tokens, C),
    float(`${VISUAL.patchEmbed}.weight`, C, 3, patch, patch),
    float(`${VISUAL.patchEmbed}.bias`, C),
    ...blocks.flatMap((block) => [
      ...norm(`${block}.norm1`, C),
      ...linear(`${block}.attn.qkv`, 3 * C, C),
      ...linear(`${block}.attn.proj`, C, C),
      ...norm(`${block}.norm2`, C),
      ...linear(`${block}.mlp.fc1`, mlpWidth, C),
      ...linear(`${block}.mlp.fc2`, C, mlpWidth),
    ]),
    ...norm(VISUAL.norm, C),
    float(`${VISUAL.head}.weight`, embedDim, C),
  ];
}

/** Hugging Face's BertModel without pooler under open_clip's HFTextEncoder. */
function textTensors({ embedDim, text }: ModelConfig): ExpectedTensor[] {
  const { width: C, mlpWidth, depth, vocabularySize, positions, tokenTypes, projHidden } = text;
  const layers = Array.from({ length: depth }, (_, i) => TEXT.layer(i));
  return [
    { name: `${TEXT.embeddings}.position_ids`, shape: [1, positions], dtypes: ['I64'], optional: true },
    float(TEXT.words, vocabularySize, C),
    float(TEXT.positions, positions, C),
    float(TEXT.tokenTypes, tokenTypes, C),
    ...norm(TEXT.embeddingsNorm, C),
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
    float(`${TEXT.proj[0]}.weight`, projHidden, C),
    float(`${TEXT.proj[1]}.weight`, embedDim, projHidden),
  ];
}

/** No axis is empty, even if the tensor that its size was taken from is. */
function float(name: string, ...sizes: number[]): ExpectedTensor {
  const shape = sizes.map((size) => Math.max(size, 1));
  return { name, shape, dtypes: FLOAT_DTYPES, optional: false };
}

function norm(name: string, width: number): ExpectedTensor[] {
  return [float(`${name}.weight`, width), float(`${name}.bias`, width)];
}

function linear(name: string, outputs: number, inputs: number): ExpectedTensor[] {
  return [float(`${name}.weight`, outputs, inputs), float(`${name}.bias`, outputs)];
}

/** One number is a scalar or a vector of it, as in open_clip. */
function sameShape(actual: readonly number[], expected: readonly number[]): boolean {
  if (expected.length === 0 && actual.length === 1) return actual[0] === 1;
  return actual.length === expected.length && actual.every((size, axis) => size === expected[axis]);
}
