import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Embeddings } from '../../embeddings.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { pairByIds, warnOfAlone } from '../cli/paired-rows.ts';
import type { Output } from '../cli/session.ts';
import { type ClosingFile, expectSameCheckpoint } from '../closing-file.ts';
import { UsageError } from '../errors.ts';
import type { InputFile } from '../input-file.ts';
import { fileDigests, type NpyRows, readNpyRows } from '../npy-vectors.ts';
import { expectOpen, sharedFingerprint } from './closing-rows.ts';

/** Rows of two .npy files. */
export interface GapInputs {
  readonly images: NpyRows;
  readonly texts: NpyRows;
  readonly digests: Readonly<Record<string, string>>;
}

/** @throws {BiomedClipError} what reading the files throws */
export async function readInputs(
  imagesFile: InputFile,
  textsFile: InputFile,
  closing: ClosingFile | undefined,
): Promise<GapInputs> {
  const [images, texts] = [await readNpyRows(imagesFile, 'images'), await readNpyRows(textsFile, 'texts')];
  const digests = await fileDigests({ images: imagesFile, texts: textsFile });
  return { images, texts, digests: { ...digests, ...(closing && { closing: closing.sha256 }) } };
}

/** The rows to measure: those with a partner, if there are ids. Reports what is left out or assumed. */
export function pairedVectors(
  { images: ofImages, texts: ofTexts }: GapInputs,
  { pairBy, closing }: { readonly pairBy: PairBy | undefined; readonly closing: ClosingFile | undefined },
  output: Output,
): { images: Vectors; texts: Vectors } {
  if (closing) {
    for (const rows of [ofImages, ofTexts]) expectOpen(rows);
    expectSameCheckpoint(closing, sharedFingerprint(ofImages, ofTexts), (message) => output.warn(message));
  }
  const [images, texts] = [ofImages.rows, ofTexts.rows];
  if (pairBy === 'rows') return { images, texts };
  if (!hasIds(images) || !hasIds(texts)) {
    if (pairBy === undefined) output.note('no manifest gives the ids of both: row i is paired with row i');
    return { images, texts };
  }
  const paired = pairByIds(images, texts);
  warnOfAlone(output, paired.alone);
  return paired;
}

function hasIds(vectors: Vectors): vectors is Embeddings {
  return vectors.ids !== undefined;
}

/** Files that may have both. */
const BOTH = ['.npz', '.safetensors', '.parquet'];

/** The files that a command line names: two a model, each two of them or a folder that embed wrote, or one file with both. */
export interface GapFiles {
  readonly images: string;
  readonly texts: string;
}

/** @throws {UsageError} where a file has no partner */
export async function gapFiles(sources: readonly string[]): Promise<GapFiles[]> {
  const [only] = sources;
  if (only !== undefined && sources.length === 1 && BOTH.includes(extname(only)) && !(await isFolder(only))) {
    return [{ images: only, texts: only }];
  }
  const files: string[] = [];
  for (const source of sources) {
    if (!(await isFolder(source))) files.push(source);
    else if (files.length % 2 === 0) files.push(join(source, 'images.npy'), join(source, 'texts.npy'));
    else break;
  }
  const alone = files.length % 2 === 0 ? undefined : files.at(-1);
  if (alone !== undefined) {
    throw new UsageError(
      `${alone}: name the file of its texts after that of the images, or the folder of both`,
    );
  }
  return files.flatMap((images, i) => (i % 2 === 0 ? [{ images, texts: files[i + 1] ?? '' }] : []));
}

/** Whatever it is called: a folder may be named as a file is. */
async function isFolder(source: string): Promise<boolean> {
  if (source === '-') return false; // standard input
  return (await stat(source).catch(() => undefined))?.isDirectory() ?? false;
}
