import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BiomedClipError, throwIfAborted } from '../../errors.ts';
import { HubAnswerError, HubFileHashError } from '../../hub/errors.ts';
import { expectingFetch, type HubRequest, sleep, unreachable } from '../../hub/hub-fetch.ts';
import type { HubFile } from '../../hub/repository.ts';
import { codeOf, sizeOf } from './repository-cache.ts';

/** What is downloaded, and where it is put. */
export interface BlobDownload {
  readonly request: HubRequest;
  readonly file: HubFile;
  readonly url: string;
  /** Where the complete file appears. */
  readonly blob: string;
  /** Called with the bytes that are there. */
  readonly onBytes: (done: number) => void;
}

/** Waits after a connection that broke, in milliseconds; they begin anew with every byte that arrives. */
const WAITS = [500, 1000, 2000, 4000];

/**
 * Downloads a file, going on where an earlier download ended, and checks its hash.
 *
 * Two processes may share the incomplete file: both write the same bytes at the same places, never at its end as it
 * grows, and it is whole before it is renamed. So no lock is needed, which network file systems may not keep.
 * @throws {HubFileHashError} for what is not the file that was listed, which is removed
 * @throws {BiomedClipError} where the hub gives no more @throws the system's error where nothing can be written
 */
export async function downloadBlob(download: BlobDownload): Promise<void> {
  const { blob, file, request, onBytes } = download;
  await mkdir(dirname(blob), { recursive: true });
  const incomplete = `${blob}.biomedclip-webgpu.incomplete`; // huggingface_hub appends to its own
  for (let again = false; ; again = true) {
    if ((await sizeOf(blob)) === file.size) return onBytes(file.size);
    const resumed = await fill(incomplete, download);
    try {
      const actual = await hashOf(incomplete, file, request.signal);
      if (actual === file.hash) return await rename(incomplete, blob);
      await rm(incomplete, { force: true });
      if (resumed && !again) continue; // what was there before may be what is damaged
      throw new HubFileHashError(download.url, file.large ? 'SHA-256' : 'git SHA-1', file.hash, actual);
    } catch (error) {
      if (again || codeOf(error) !== 'ENOENT') throw error; // else another process has finished or removed it
    }
  }
}

/** Writes what is missing. Says whether something was there. */
async function fill(path: string, download: BlobDownload): Promise<boolean> {
  const { size } = download.file;
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const { size: there } = await handle.stat();
    if (there > size) await handle.truncate(0);
    let at = there > size ? 0 : there;
    const resumed = at > 0;
    for (let failures = 0; at < size; ) {
      const before = at;
      try {
        for await (const { bytes, offset } of piecesFrom(at, download)) {
          await writeAll(handle, bytes, offset);
          at = offset + bytes.length;
          download.onBytes(at);
        }
      } catch (error) {
        failures = at > before ? 0 : failures + 1;
        const wait = WAITS[failures];
        throwIfAborted(download.request.signal);
        if (error instanceof BiomedClipError || codeOf(error) !== '' || wait === undefined) {
          throw error instanceof BrokenConnection ? unreachable(download.request, error.cause) : error;
        }
        await sleep(wait, download.request.signal);
      }
    }
    return resumed;
  } finally {
    await handle.close();
  }
}

/** A body that ended too early. Another request goes on from there. */
class BrokenConnection extends Error {}

async function* piecesFrom(at: number, { request, file, url }: BlobDownload) {
  const headers = { 'accept-encoding': 'identity', ...(at > 0 && { range: `bytes=${at}-` }) };
  const response = await expectingFetch(request)(url, { headers });
  let offset = response.status === 206 ? startOf(response) : 0; // a server may send the whole file all the same
  if (offset !== 0 && offset !== at) {
    await response.body?.cancel();
    throw new HubAnswerError(url, `asked for bytes from ${at}, the server sent those from ${offset}`);
  }
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = chunk.subarray(0, file.size - offset);
      yield { bytes, offset };
      offset += bytes.length;
      if (bytes.length < chunk.length) break; // more than was listed: the hash decides
    }
  } catch (cause) {
    throw isOurs(cause) ? cause : new BrokenConnection('the connection broke', { cause });
  }
  if (offset < file.size) {
    const cause = new Error(`the server sent ${offset} of ${file.size} bytes`);
    throw new BrokenConnection(cause.message, { cause });
  }
}

/** Whether it came from who takes the pieces: writing failed, or the load was aborted. */
function isOurs(error: unknown): boolean {
  return (
    error instanceof BiomedClipError || (error instanceof Error && 'syscall' in error && 'path' in error)
  );
}

/** The first byte of an answer to a Range request. */
function startOf({ headers }: Response): number {
  return Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** The SHA-256 of a large file; of another one the SHA-1 that git gives it. */
async function hashOf(path: string, { large, size }: HubFile, signal?: AbortSignal): Promise<string> {
  const hash = createHash(large ? 'sha256' : 'sha1');
  if (!large) hash.update(`blob ${size}\0`);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal);
    hash.update(piece);
  }
  return hash.digest('hex');
}
