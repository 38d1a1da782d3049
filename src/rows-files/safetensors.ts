import { openSafetensors } from '../../weights/safetensors.ts';
import type { TensorDtype, TensorInfo } from '../../weights/tensor-info.ts';
import { type ElementCode, elementType } from '../npy/element-types.ts';
import { NpyLayoutError } from '../npy/errors.ts';
import { indicesOf, readElements } from '../npy/npy.ts';
import { npyVectors } from '../npy/vectors.ts';
import type { ByteSource } from '../platform/files.ts';
import { idsOf, MANIFEST_KEY, parsedManifest } from './manifest.ts';
import { type AskedRows, chosen, type FileRows, isKind } from './rows-file.ts';

const CODES: Readonly<Record<Exclude<TensorDtype, 'BOOL'>, ElementCode>> = {
  F64: 'f8',
  F32: 'f4',
  F16: 'f2',
  BF16: 'bf',
  I64: 'i8',
  I32: 'i4',
  I16: 'i2',
  I8: 'i1',
  U8: 'u1',
};

/**
 * The matrix in a safetensors file: the only one, or the one that is asked for.
 * @throws {RowsNameError} @throws {NpyShapeError} @throws {NpyLayoutError} @throws {ElementRangeError}
 * @throws {BiomedClipError} what `openSafetensors` throws
 */
export async function readSafetensorsRows(source: ByteSource, asked: AskedRows): Promise<FileRows> {
  const { tensors, metadata, read } = await openSafetensors(source);
  const { name, dtype, shape } = chosenMatrix(source.name, tensors, asked);
  const file = `${source.name}#${name}`;
  if (dtype === 'BOOL') throw new NpyLayoutError(file, `dtype ${dtype}`);
  const rows = npyVectors(file, {
    shape,
    data: await readElements({
      ...{ file, type: elementType(CODES[dtype]) },
      size: shape.reduce((product, side) => product * side, 1),
      read: (offset, length) => read(name, offset, length),
      indicesOf: (index) => indicesOf(index, shape),
    }),
  });
  const json = metadata?.[MANIFEST_KEY];
  const manifest = json === undefined ? undefined : parsedManifest(source.name, json);
  const ids = idsOf(manifest, name, rows.rows);
  return { rows: ids ? { ...rows, ids } : rows, ...(isKind(name) && { kind: name }), manifest };
}

/** The only matrix, or the one that is asked for. @throws {RowsNameError} */
export function chosenMatrix(
  file: string,
  tensors: ReadonlyMap<string, TensorInfo>,
  asked: AskedRows,
): TensorInfo {
  const matrices = [...tensors.values()].filter(({ shape, dtype }) => shape.length === 2 && dtype !== 'BOOL');
  const known = matrices.map(({ name }) => name);
  return tensors.get(chosen(file, asked, known, [...tensors.keys()])) as TensorInfo; // one of those
}
