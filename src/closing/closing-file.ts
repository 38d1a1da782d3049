import { floatsFromBytes } from '../../weights/floats.ts';
import { openSafetensors } from '../../weights/safetensors.ts';
import { safetensorsPieces, type TensorEntry } from '../../weights/safetensors-writer.ts';
import { isJsonObject } from '../arguments.ts';
import type { AffineMap, ClosingMaps, ClosingReport } from '../closing-data.ts';
import { excerpt, shapeExcerpt } from '../excerpt.ts';
import { concatenateBytes } from '../platform/concatenate.ts';
import { memorySource } from '../platform/given-file.ts';
import { ClosingFileError } from './errors.ts';
import { METHODS } from './methods.ts';

/** In the metadata, so that a reader knows what it has. */
const FORMAT = 'biomedclip-webgpu gap closing 1';
const MODALITIES = ['image', 'text'] as const;

/** `image.weight` [D', D], `image.bias` [D'], `image.recentre` [D'], the same for `text`; the report in the metadata. */
export async function encodeClosing(
  maps: ClosingMaps,
  report: ClosingReport,
  more: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const entries = MODALITIES.flatMap((name) => {
    const { weight, bias, recentre, dim, outDim } = maps[`${name}s`];
    return [
      entry(`${name}.weight`, [outDim, dim], weight),
      entry(`${name}.bias`, [outDim], bias),
      entry(`${name}.recentre`, [outDim], recentre),
    ];
  });
  const metadata = { ...more, format: FORMAT, report: JSON.stringify(report) };
  const pieces: Uint8Array[] = [];
  for await (const piece of safetensorsPieces(entries, metadata)) pieces.push(piece);
  return concatenateBytes(pieces);
}

function entry(
  name: string,
  shape: readonly number[],
  { buffer, byteOffset, byteLength }: Float32Array,
): TensorEntry {
  return { name, dtype: 'F32', shape, pieces: () => [new Uint8Array(buffer, byteOffset, byteLength)] };
}

/**
 * Reads what {@link encodeClosing} wrote.
 * @throws {ClosingFileError} for a file that is no closing, or whose tensors do not fit together
 * @throws {BiomedClipError} for a file that is no safetensors file
 */
export async function decodeClosing(
  file: string,
  bytes: Uint8Array,
): Promise<{ maps: ClosingMaps; report: ClosingReport }> {
  const checkpoint = await openSafetensors(memorySource(file, bytes));
  const { format, report } = checkpoint.metadata ?? {};
  if (format !== FORMAT) {
    const found = format === undefined ? 'no format in its metadata' : `the format ${excerpt(format)}`;
    throw new ClosingFileError(file, `has ${found} instead of '${FORMAT}'`);
  }
  const read = async (name: string, shape: readonly (number | undefined)[]) => {
    const tensor = checkpoint.tensors.get(name);
    if (!tensor) throw new ClosingFileError(file, `has no tensor ${name}`);
    const fits =
      tensor.shape.length === shape.length &&
      shape.every((size, i) => (size ?? tensor.shape[i]) === tensor.shape[i]);
    if (tensor.dtype !== 'F32' || !fits) {
      const expected = shapeExcerpt(shape.map((size) => size ?? Number.NaN)).replaceAll('NaN', 'any');
      throw new ClosingFileError(
        file,
        `has ${name} as ${tensor.dtype} ${shapeExcerpt(tensor.shape)} instead of F32 ${expected}`,
      );
    }
    const values = floatsFromBytes(await checkpoint.read(name, 0, tensor.byteLength), 'F32');
    if (!values.every(Number.isFinite))
      throw new ClosingFileError(file, `has a value in ${name} that is not finite`);
    return { values, shape: tensor.shape };
  };
  const mapOf = async (name: (typeof MODALITIES)[number]): Promise<AffineMap> => {
    const weight = await read(`${name}.weight`, [undefined, undefined]);
    const [outDim = 0, dim = 0] = weight.shape;
    const [bias, recentre] = [await read(`${name}.bias`, [outDim]), await read(`${name}.recentre`, [outDim])];
    return { weight: weight.values, bias: bias.values, recentre: recentre.values, dim, outDim };
  };
  const maps = { images: await mapOf('image'), texts: await mapOf('text') };
  if (maps.images.dim !== maps.texts.dim || maps.images.outDim !== maps.texts.outDim) {
    throw new ClosingFileError(file, 'maps images and texts to rows of different lengths');
  }
  return { maps, report: readReport(file, report, maps) };
}

function readReport(file: string, json: string | undefined, { images }: ClosingMaps): ClosingReport {
  const report = parsed(json);
  const method = isJsonObject(report) ? report.method : undefined;
  if (!isJsonObject(report) || typeof method !== 'string' || !Object.hasOwn(METHODS, method)) {
    throw new ClosingFileError(file, 'has no report of a known method in its metadata');
  }
  const { logitScale = 1, fingerprint = '' } = report;
  if (!(typeof logitScale === 'number' && logitScale > 0) || typeof fingerprint !== 'string') {
    throw new ClosingFileError(file, 'has a report whose logitScale or fingerprint is none');
  }
  if (report.dim !== images.dim || report.outDim !== images.outDim) {
    throw new ClosingFileError(file, 'has a report that tells other sizes than its tensors');
  }
  return report as unknown as ClosingReport;
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '', (_, value) => value ?? Number.NaN); // JSON has no NaN, a report no null
  } catch {
    return undefined;
  }
}
