import { isFloat32Array, isObject } from '../../arguments.ts';
import type { HeldTensors } from '../../device/held-tensors.ts';
import type { Tensor } from '../../device/tensor.ts';
import { InvalidOptionError } from '../../errors.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { translation } from '../affine-map.ts';
import { meanOf } from '../sample.ts';
import type { Moments } from './adamw.ts';
import type { Pair } from './gradient.ts';

/** W `[D, D]`, row-major, and b `[D]` of z = unit(W x + b); or a moment of their gradients. */
export interface HeadValues {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** One modality's map with AdamW's moments. */
export interface HeadMapState {
  readonly value: HeadValues;
  readonly first: HeadValues;
  readonly second: HeadValues;
}

/** A training after `step` steps: plain arrays, which can be stored or sent to a worker. */
export interface HeadState extends Pair<HeadMapState> {
  readonly step: number;
}

export interface HeadProgress {
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** Of the last step's batch, before the step. */
  readonly loss: number;
  /** Of each step since the last call. */
  readonly losses: readonly number[];
  /** Reads the state back as it is now, for `resume`; only while the training waits for this callback. */
  readonly state: () => Promise<HeadState>;
}

/** W = I and b = -mean of the rows: the mean-centring that training improves on. */
export function startingMap(rows: Vectors): HeadMapState {
  const { dim } = rows;
  const zeros = () => ({ weight: new Float32Array(dim * dim), bias: new Float32Array(dim) });
  return {
    value: translation(meanOf(rows).map((value) => -value)),
    first: zeros(),
    second: zeros(),
  };
}

const PARTS = ['value', 'first', 'second'] as const;
const MODALITIES = ['image', 'text'] as const;

/** @throws {InvalidOptionError} unless the state is one of maps of `dim` dimensions before the last step */
export function checkState(state: HeadState, dim: number, steps: number): void {
  const { step } = state;
  if (!Number.isSafeInteger(step) || step < 0 || step > steps) {
    throw new InvalidOptionError('resume.step', `a whole number from 0 to ${steps} steps`, step);
  }
  for (const modality of MODALITIES) {
    for (const part of PARTS) {
      const values: unknown = state[modality]?.[part];
      const name = `resume.${modality}.${part}`;
      checkValues(`${name}.weight`, isObject(values) ? values.weight : undefined, dim * dim);
      checkValues(`${name}.bias`, isObject(values) ? values.bias : undefined, dim);
    }
  }
}

function checkValues(name: string, values: unknown, length: number): void {
  const expected = `a Float32Array of ${length} finite values`;
  if (!isFloat32Array(values)) throw new InvalidOptionError(name, expected, values);
  if (values.length !== length) {
    throw new InvalidOptionError(name, expected, `a Float32Array of ${values.length}`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidOptionError(name, expected, `${values[bad]} at ${bad}`);
}

/** A map and its moments on the GPU. */
export interface MapTensors {
  readonly weight: Moments;
  readonly bias: Moments;
}

export function uploadMap(held: HeldTensors, map: HeadMapState): MapTensors {
  const dim = map.value.bias.length;
  const upload = (of: keyof HeadValues, shape: readonly number[]) => ({
    value: held.upload(map.value[of], shape),
    first: held.upload(map.first[of], shape),
    second: held.upload(map.second[of], shape),
  });
  return { weight: upload('weight', [dim, dim]), bias: upload('bias', [dim]) };
}

/** The tensors of both maps by name, as outputs of a program. */
export function namedTensors(maps: Pair<MapTensors>): Record<string, Tensor> {
  const entries = MODALITIES.flatMap((modality) =>
    PARTS.flatMap((part) =>
      (['weight', 'bias'] as const).map(
        (of) => [`${modality} ${part} ${of}`, maps[modality][of][part]] as const,
      ),
    ),
  );
  return Object.fromEntries(entries);
}

/** The state from what was read of `namedTensors`. */
export function stateOf(read: Readonly<Record<string, Float32Array>>, step: number): HeadState {
  const values = (name: string): HeadValues => ({
    weight: read[`${name} weight`] ?? new Float32Array(),
    bias: read[`${name} bias`] ?? new Float32Array(),
  });
  const map = (modality: string): HeadMapState => ({
    value: values(`${modality} value`),
    first: values(`${modality} first`),
    second: values(`${modality} second`),
  });
  return { step, image: map('image'), text: map('text') };
}
