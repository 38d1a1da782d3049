import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isJsonObject } from '../arguments.ts';
import type { ClosingMethod } from '../closing-data.ts';
import type { WindowChoice } from '../image/source.ts';
import { expectFinished } from './alone-in.ts';
import { ManifestError, ManifestFieldError } from './errors.ts';
import type { ImageIdentity } from './image-identity.ts';
import type { Provenance } from './provenance.ts';

/**
 * The content of `manifest.json`, which describes the rows of the .npy files beside it. Written by `embed` and `study`.
 */
export interface Manifest {
  /** What wrote this, when, from what. Not written by earlier versions. */
  readonly provenance?: Provenance;
  /** The checkpoint's name without its place, see `modelName`; of earlier versions its directory or URL. */
  readonly model: string;
  /** `model.info.fingerprint`. Not written by earlier versions. */
  readonly fingerprint?: string;
  /** The `fileStamp` of the checkpoint's files when they were read. */
  readonly stamps?: Readonly<Record<string, string>>;
  /** `REVISION` of the version that wrote it. */
  readonly revision?: number;
  /** Present only if true. */
  readonly untrained?: boolean;
  readonly dtype: string;
  readonly adapter: string;
  /** exp(logit_scale) of the model, or of closed rows the scale that was fitted with the closing. */
  readonly logitScale?: number;
  /** The window for 16-bit grey; absent: 0 to 65,535. */
  readonly window?: WindowChoice;
  /** How the gap of the rows was closed; absent: they are as the model makes them. */
  readonly closing?: ManifestClosing;
  /** The first so many rows of both files correspond. Not written by earlier versions. */
  readonly pairs?: number;
  /** The SHA-256 of each file. */
  readonly files?: Readonly<Record<RowsFile, string>>;
  /** One a row of `images.npy`. */
  readonly images: readonly ManifestImage[];
  /** One a row of `texts.npy`. */
  readonly texts: readonly ManifestText[];
  readonly skipped: readonly ManifestSkipped[];
  /** How many captions were longer than the model's context, and cut. */
  readonly truncated?: number;
}

export interface ManifestClosing {
  readonly method: ClosingMethod;
  /** Of methods that have one. */
  readonly strength?: number;
  /** SHA-256 of the closing's file. */
  readonly sha256: string;
}

/** What is known of a row beside its content. */
export interface RowFacts {
  /** Its class: of a text from the table of captions, of either from the image's folder where that was asked for. */
  readonly label?: string;
  /** What its image is of, such as a patient; from the same. */
  readonly group?: string;
}

export interface ManifestImage extends ImageIdentity, RowFacts {
  readonly id: string;
  /** Path or URL; `~` is the home folder. */
  readonly path: string;
  /** Attributes of a DICOM file, those alone that were asked for by `--dicom-tags`. */
  readonly dicom?: Readonly<Record<string, string>>;
}

export interface ManifestText extends RowFacts {
  readonly id: string;
  readonly caption: string;
}

/** An input without a row. With the image's identity, since the file may be repaired later. */
export interface ManifestSkipped extends ImageIdentity {
  readonly id: string;
  readonly error: string;
}

/** The file of a modality's rows, without its ending. */
export type RowsFile = 'images' | 'texts';

export const MANIFEST_FILE = 'manifest.json';
/**
 * Increased when the same inputs and checkpoint give different embeddings, beyond rounding, so that earlier ones are
 * not reused.
 */
export const REVISION = 1;

/** Those that are known, for an entry of the manifest. */
export function rowFacts({ label, group }: RowFacts): RowFacts {
  return { ...(label !== undefined && { label }), ...(group !== undefined && { group }) };
}

/** The rule for a field. */
interface Rule {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** For an array: the rules of each item. */
  readonly items?: Rules;
}
type Rules<T = Readonly<Record<string, unknown>>> = Readonly<Record<keyof T, Rule>>;

const TEXT: Rule = { expected: 'a string', fits: (value) => typeof value === 'string' };
const FLAG: Rule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const DTYPE: Rule = {
  expected: '"f32", "f16" or "q8"',
  fits: (value) => value === 'f32' || value === 'f16' || value === 'q8',
};
const DIGEST: Rule = {
  expected: '64 hexadecimal digits',
  fits: (value) => typeof value === 'string' && /^[\da-f]{64}$/.test(value),
};
const STAMPS: Rule = {
  expected: 'an object of strings',
  fits: (value) => isJsonObject(value) && Object.values(value).every((stamp) => typeof stamp === 'string'),
};
const COUNT: Rule = {
  expected: 'an integer of at least 0',
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
const POSITIVE: Rule = {
  expected: 'a positive number',
  fits: (value) => typeof value === 'number' && value > 0,
};

const WINDOW: Rule = {
  expected: '"auto", "dicom" or low and high',
  fits: (value) =>
    value === 'auto' ||
    value === 'dicom' ||
    (isJsonObject(value) && Number.isFinite(value.low) && Number.isFinite(value.high)),
};
const CLOSING: Rule = {
  expected: 'an object with method and sha256',
  fits: (value) => isJsonObject(value) && TEXT.fits(value.method) && DIGEST.fits(value.sha256),
};
const PROVENANCE: Rule = {
  expected: 'an object with package, version, date, command and inputs',
  fits: (value) =>
    isJsonObject(value) &&
    [value.package, value.version, value.date, value.command].every(TEXT.fits) &&
    STAMPS.fits(value.inputs) &&
    (value.model === undefined || (isJsonObject(value.model) && TEXT.fits(value.model.name))),
};
const FILES: Rule = {
  expected: 'the SHA-256 of images and texts',
  fits: (value) => isJsonObject(value) && DIGEST.fits(value.images) && DIGEST.fits(value.texts),
};

// Typed so that a field added to the manifest does not compile without a rule.
const IDENTITY: Rules<Required<ImageIdentity>> = { sha256: optional(DIGEST), stamp: optional(TEXT) };
const FACTS: Rules<Required<RowFacts>> = { label: optional(TEXT), group: optional(TEXT) };
const IMAGE: Rules<Required<ManifestImage>> = {
  ...{ id: TEXT, path: TEXT, dicom: optional(STAMPS) },
  ...FACTS,
  ...IDENTITY,
};
const CAPTION: Rules<Required<ManifestText>> = { id: TEXT, caption: TEXT, ...FACTS };
const SKIPPED: Rules<Required<ManifestSkipped>> = { id: TEXT, error: TEXT, ...IDENTITY };
const MANIFEST: Rules<Required<Manifest>> = {
  provenance: optional(PROVENANCE),
  model: TEXT,
  fingerprint: optional(DIGEST),
  stamps: optional(STAMPS),
  revision: optional(COUNT),
  untrained: optional(FLAG),
  dtype: DTYPE,
  adapter: TEXT,
  logitScale: optional(POSITIVE),
  window: optional(WINDOW),
  closing: optional(CLOSING),
  pairs: optional(COUNT),
  files: optional(FILES),
  images: listOf(IMAGE),
  texts: listOf(CAPTION),
  skipped: listOf(SKIPPED),
  truncated: optional(COUNT),
};

/**
 * Reads a manifest, and checks each of its fields. Unknown fields are ignored.
 * @throws {ManifestError} if it cannot be read, or is no JSON
 * @throws {OutputUnfinishedError} beside files that a killed command left between two outputs
 * @throws {ManifestFieldError} for the first field that is missing or of another type
 */
export async function readManifest(path: string): Promise<Manifest> {
  await expectFinished(dirname(path));
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ManifestError(path, 'cannot be read', { cause });
  });
  return checkedManifest(path, parse(path, text));
}

/** @throws {ManifestError} for what is no object @throws {ManifestFieldError} */
export function checkedManifest(path: string, value: unknown): Manifest {
  if (!isManifest(path, value)) throw new ManifestError(path, 'is no JSON object');
  return value;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ManifestError(path, 'is no JSON', { cause });
  }
}

function isManifest(file: string, value: unknown): value is Manifest {
  if (!isJsonObject(value)) return false;
  expectFields(file, '', value, MANIFEST);
  return true;
}

function expectFields(file: string, path: string, value: Readonly<Record<string, unknown>>, rules: Rules) {
  for (const [name, { expected, fits, items }] of Object.entries(rules)) {
    const [field, actual] = [`${path}${name}`, value[name]];
    if (!fits(actual)) throw new ManifestFieldError(file, field, expected, actual);
    if (!items || !Array.isArray(actual)) continue;
    for (const [i, item] of actual.entries()) {
      if (!isJsonObject(item)) throw new ManifestFieldError(file, `${field}[${i}]`, 'an object', item);
      expectFields(file, `${field}[${i}].`, item, items);
    }
  }
}

function optional({ expected, fits }: Rule): Rule {
  return { expected, fits: (value) => value === undefined || fits(value) };
}

function listOf(items: Rules): Rule {
  return { expected: 'an array', fits: Array.isArray, items };
}
