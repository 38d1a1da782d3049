import type { LoadOptions } from '../api.ts';
import { BiomedClipError, throwIfAborted } from '../errors.ts';
import { HubFileHashError, HubNotAskedError, HubRevisionNotFoundError } from '../hub/errors.ts';
import { expectingFetch, type HubRequest } from '../hub/hub-fetch.ts';
import { DEFAULT_ENDPOINT, type HubName, isCommit } from '../hub/name.ts';
import { fileUrl, type HubFile, listFilesAt, neededFiles, resolveCommit } from '../hub/repository.ts';
import type { ByteSource, FileDirectory } from '../platform/files.ts';
import { hex } from '../platform/sha256.ts';
import { openUrl } from '../platform/url-files.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { forget, openKnown } from './cache/open-cached.ts';
import { openPieces } from './cache/open-pieces.ts';
import type { PieceCache } from './cache/piece-cache.ts';
import { nameFor } from './cache/seal.ts';

/** Beyond this the hash would take more memory than a page should: WebCrypto hashes whole buffers only. */
const MOST_HASHED = 16 * 1024 * 1024;

/**
 * A model of the hub, its pieces kept in the browser. The commit and its files are kept too, so that the next load works
 * without the network, and one by a whole commit hash asks for nothing that is there.
 * @throws {BiomedClipError} one of src/hub/errors.ts
 */
export async function openHubDirectory(name: HubName, options: LoadOptions): Promise<FileDirectory> {
  const { signal, hub = {}, onWarning = warnOnConsole } = options;
  const endpoint = (hub.endpoint ?? DEFAULT_ENDPOINT).replace(/\/+$/, '');
  const request: HubRequest = { ...name, endpoint, token: hub.token || undefined, signal };
  const cache = await openPieces(options);
  const commit = await commitOf(request, cache, onWarning);
  const files = neededFiles(request, await filesAt(request, commit, cache));
  return {
    name: name.repo,
    revision: commit,
    async open(path) {
      const file = files.find((candidate) => candidate.path === path);
      return file && openFile(request, commit, file, cache);
    },
  };
}

async function openFile(
  request: HubRequest,
  commit: string,
  file: HubFile,
  cache: PieceCache | undefined,
): Promise<ByteSource | undefined> {
  const options = { signal: request.signal, fetch: expectingFetch(request) };
  const url = fileUrl(request, commit, file.path);
  if (!cache) return openUrl(url, options);
  const key = `${request.endpoint}/${request.repo} ${file.hash}`; // the same file at another commit is not loaded anew
  const source = await openKnown({ ...file, url }, key, cache, options);
  try {
    if (file.size <= MOST_HASHED) await expectHash(source, file);
  } catch (error) {
    if (error instanceof HubFileHashError) await forget(key, cache);
    throw error;
  }
  return source;
}

/** @throws {HubFileHashError} */
async function expectHash(source: ByteSource, { size, hash, large }: HubFile): Promise<void> {
  const bytes = await source.read(0, size);
  const head = new TextEncoder().encode(large ? '' : `blob ${size}\0`);
  const hashed = new Uint8Array(head.length + size);
  hashed.set(head);
  hashed.set(bytes, head.length);
  const actual = hex(new Uint8Array(await crypto.subtle.digest(large ? 'SHA-256' : 'SHA-1', hashed)));
  if (actual !== hash) throw new HubFileHashError(source.name, large ? 'SHA-256' : 'git SHA-1', hash, actual);
}

/** The commit of a revision: asked for, or with a warning the one that the last load found. */
async function commitOf(
  request: HubRequest,
  cache: PieceCache | undefined,
  onWarning: (warning: BiomedClipError) => void,
): Promise<string> {
  const { endpoint, repo, revision } = request;
  const kept = await keptJson(cache, `hub ref ${endpoint}/${repo}@${revision}`);
  try {
    const commit = await resolveCommit(request);
    if (!isCommit(revision)) await kept.put(commit);
    return commit;
  } catch (error) {
    throwIfAborted(request.signal);
    if (!(error instanceof BiomedClipError) || error instanceof HubRevisionNotFoundError) throw error;
    const known = await kept.get();
    if (typeof known !== 'string') throw error;
    onWarning(new HubNotAskedError(repo, revision, known, error));
    return known;
  }
}

/** The files at a commit, which never change. */
async function filesAt(
  request: HubRequest,
  commit: string,
  cache: PieceCache | undefined,
): Promise<readonly HubFile[]> {
  const kept = await keptJson(cache, `hub files ${request.endpoint}/${request.repo}@${commit}`);
  const known = await kept.get();
  if (Array.isArray(known)) return known;
  const files = await listFilesAt(request, commit);
  await kept.put(files);
  return files;
}

/** A value that outlives the page. */
async function keptJson(cache: PieceCache | undefined, key: string) {
  const folder = await nameFor(key);
  return {
    async get(): Promise<unknown> {
      const bytes = await cache?.get(folder, 'json');
      return bytes && JSON.parse(new TextDecoder().decode(bytes));
    },
    async put(value: unknown): Promise<void> {
      await cache?.put(folder, 'json', new TextEncoder().encode(JSON.stringify(value)));
    },
  };
}
