import { createHash } from 'node:crypto';
import { decodeClosing } from '../closing/closing-file.ts';
import { ClosingMismatchError, ClosingUnknownModelError } from '../closing/errors.ts';
import type { ClosingHost } from '../closing/gap-closing.ts';
import type { ClosingMaps, ClosingReport } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { FileReadError } from '../platform/errors.ts';
import { openLocalFile, writeLocalBytes } from './files.ts';
import { nodeHost } from './host.ts';
import { type InputFile, inputName } from './input-file.ts';
import type { ManifestClosing } from './manifest.ts';

/** A closing as its file has it. */
export interface ClosingFile {
  readonly file: string;
  readonly sha256: string;
  readonly maps: ClosingMaps;
  readonly report: ClosingReport;
}

/** @throws {FileReadError} @throws {ClosingFileError} @throws {BiomedClipError} for what is no safetensors file */
export async function readClosingFile(input: InputFile): Promise<ClosingFile> {
  const file = inputName(input);
  const bytes = typeof input === 'string' ? await bytesOf(input) : input.bytes;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, sha256, ...(await decodeClosing(file, bytes)) };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const source = await openLocalFile(file);
  if (!source) throw new FileReadError(file, 'there is no such file');
  try {
    return await source.read(0, source.size);
  } finally {
    await source.close();
  }
}

/** How manifests and results name a closing. */
export function closingEntry({ report, sha256 }: Pick<ClosingFile, 'report' | 'sha256'>): ManifestClosing {
  const { method, strength } = report;
  return { method, ...(strength === undefined ? {} : { strength }), sha256 };
}

/**
 * @param fingerprint of the checkpoint that made the rows, if known
 * @param onWarning called where either is unknown
 * @throws {ClosingMismatchError}
 */
export function expectSameCheckpoint(
  { report }: Pick<ClosingFile, 'report'>,
  fingerprint: string | undefined,
  onWarning: (message: string) => void,
): void {
  if (report.fingerprint === undefined) onWarning(new ClosingUnknownModelError().message);
  else if (fingerprint === undefined) {
    onWarning(
      'no manifest says which checkpoint made the rows, so whether the closing fits them is not checked',
    );
  } else if (report.fingerprint !== fingerprint) {
    throw new ClosingMismatchError(report.fingerprint, fingerprint);
  }
}

/** What fitting asks of its surroundings, on a device that is open. */
export function closingHost(gpu: Gpu): ClosingHost {
  return {
    ...nodeHost,
    gpu: async () => gpu,
    writeFile: writeLocalBytes,
  };
}
