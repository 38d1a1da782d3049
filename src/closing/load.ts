import { InvalidOptionError } from '../errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { decodeClosing } from './closing-file.ts';
import { type ClosingHost, FittedClosing, type GapClosing } from './gap-closing.ts';

/** Where a closing's file is: a path (Node), a URL, or its bytes. */
type ClosingSource = string | URL | Blob | Uint8Array;

interface Files {
  openFile(source: string | URL): Promise<ByteSource>;
}

/** @throws {ClosingFileError} @throws {FileReadError} @throws {InvalidOptionError} for any other source */
export async function loadGapClosing(
  host: ClosingHost,
  files: Files,
  source: ClosingSource,
): Promise<GapClosing> {
  const { name, bytes } = await contentOf(files, source);
  const { maps, report } = await decodeClosing(name, bytes);
  return new FittedClosing(maps, report, host);
}

async function contentOf(files: Files, source: ClosingSource): Promise<{ name: string; bytes: Uint8Array }> {
  const name = 'the closing';
  if (source instanceof Uint8Array) return { name, bytes: source };
  if (source instanceof Blob) return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
  const isText = typeof source === 'string' && source !== '';
  if (!isText && !(source instanceof URL)) {
    throw new InvalidOptionError('source', 'a path, a URL, a Blob or the bytes of a file', source);
  }
  const file = await files.openFile(source);
  try {
    return { name: file.name, bytes: await file.read(0, file.size) };
  } finally {
    await file.close();
  }
}
