import { type FileOpener, type GivenFile, openGivenFile } from '../platform/given-file.ts';
import { decodeClosing } from './closing-file.ts';
import { type ClosingHost, FittedClosing, type GapClosing } from './gap-closing.ts';

/** @throws {ClosingFileError} @throws {FileReadError} @throws {InvalidOptionError} for any other source */
export async function loadGapClosing(
  host: ClosingHost,
  files: FileOpener,
  source: GivenFile,
): Promise<GapClosing> {
  const file = await openGivenFile(files, 'the closing', source);
  try {
    const { maps, report } = await decodeClosing(file.name, await file.read(0, file.size));
    return new FittedClosing(maps, report, host);
  } finally {
    await file.close();
  }
}
