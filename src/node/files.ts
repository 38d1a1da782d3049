import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteSink, DirectorySink } from '../../weights/sinks.ts';
import { DirectoryNotFoundError, FileModifiedError, FileReadError } from '../platform/errors.ts';
import { type ByteSource, expectWithin, type FileDirectory } from '../platform/files.ts';
import { expectFinished } from './alone-in.ts';
import { systemCode } from './errors.ts';
import { type WriteOptions, writeTogether } from './staged-files.ts';

/**
 * A checkpoint directory on disk.
 * @throws {DirectoryNotFoundError} if the path is no directory
 * @throws {OutputUnfinishedError} if a killed command left it between two outputs
 */
export async function openLocalDirectory(path: string): Promise<FileDirectory> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DirectoryNotFoundError(path, { cause });
  });
  if (!info.isDirectory()) throw new DirectoryNotFoundError(path);
  await expectFinished(path);
  return { name: path, open: (file) => openLocalFile(join(path, file)) };
}

/**
 * A checkpoint on disk: its directory, or its weights file with what lies beside it.
 * @throws {DirectoryNotFoundError} if the path is neither
 */
export async function openLocalCheckpoint(path: string): Promise<FileDirectory> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return openLocalDirectory(path);
  const folder = dirname(path);
  await expectFinished(folder);
  return { name: path, weights: basename(path), open: (file) => openLocalFile(join(folder, file)) };
}

/**
 * A file on disk, or undefined where there is none.
 * @throws {FileReadError} if it is there but cannot be opened
 */
export async function openLocalFile(path: string): Promise<ByteSource | undefined> {
  try {
    const handle = await open(path, 'r');
    const info = await handle.stat().catch(async (error: unknown) => {
      await handle.close().catch(() => {});
      throw error;
    });
    if (info.isFile()) return fileSource(path, handle, info);
    await handle.close();
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new FileReadError(path, systemCode(cause), { cause });
  }
  throw new FileReadError(path, 'it is not a file');
}

function fileSource(path: string, handle: FileHandle, { size, mtimeMs }: Stats): ByteSource {
  return {
    name: path,
    size,
    async read(offset, length) {
      expectWithin({ name: path, size }, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await readAt(path, handle, bytes, done, offset + done);
        if (bytesRead === 0) throw new FileReadError(path, 'it became shorter while it was read');
        done += bytesRead;
      }
      return bytes;
    },
    async expectUnchanged() {
      const now = await handle.stat().catch((cause: unknown) => {
        throw new FileReadError(path, systemCode(cause), { cause });
      });
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new FileModifiedError(path);
    },
    close: () => handle.close().catch(() => {}), // what was read is there
  };
}

function readAt(path: string, handle: FileHandle, bytes: Uint8Array, done: number, position: number) {
  return handle.read(bytes, done, bytes.length - done, position).catch((cause: unknown) => {
    throw new FileReadError(path, systemCode(cause), { cause });
  });
}

/** Writes files into a directory, which is made where missing. A file appears under its name once complete. */
export function localDirectorySink(path: string): DirectorySink {
  return {
    write: (file, pieces) =>
      writeLocalFile(join(path, file), async (sink) => {
        for await (const piece of pieces) await sink.write(piece);
      }),
  };
}

/**
 * Writes a file through a sink. It appears under its name once `fill` is done; where that fails, nothing is left
 * and a file that was there before stays.
 * @throws {OutputWriteError} and what `fill` throws
 */
export async function writeLocalFile(
  path: string,
  fill: (sink: ByteSink) => Promise<void>,
  options?: WriteOptions,
): Promise<void> {
  await writeTogether(dirname(path), (write) => write(basename(path), fill), options);
}

/** Writes a small file whole; see `writeLocalFile`. @throws {OutputWriteError} */
export function writeLocalBytes(path: string, bytes: Uint8Array): Promise<void> {
  return writeLocalFile(path, (sink) => sink.write(bytes));
}
