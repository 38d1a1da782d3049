import { join } from 'node:path';
import { CONFIG_FILE, HF_CONFIG_FILE } from '../../../weights/config-text.ts';
import type { LoadOptions } from '../../api.ts';
import { BiomedClipError, throwIfAborted } from '../../errors.ts';
import {
  HubNoCheckpointError,
  HubNotAskedError,
  HubOfflineError,
  HubRevisionNotFoundError,
  HubUnknownFilesError,
} from '../../hub/errors.ts';
import { expectingFetch, type HubRequest } from '../../hub/hub-fetch.ts';
import { type HubName, isCommit } from '../../hub/name.ts';
import {
  chosenFiles,
  fileUrl,
  type HubFile,
  listFilesAt,
  neededFiles,
  OPTIONAL_FILES,
  resolveCommit,
} from '../../hub/repository.ts';
import { NotCachedError } from '../../platform/errors.ts';
import { type ByteSource, type FileDirectory, readText } from '../../platform/files.ts';
import { urlDirectory } from '../../platform/url-files.ts';
import { warnOnConsole } from '../../platform/warnings.ts';
import { downloadBlob } from './download.ts';
import { codeOf, RepositoryCache } from './repository-cache.ts';
import { hubSettings } from './settings.ts';

/** Opens a file on disk; undefined where there is none. */
type OpenFile = (path: string) => Promise<ByteSource | undefined>;

/** What one load needs. */
interface Load extends Pick<LoadOptions, 'onProgress'> {
  readonly openFile: OpenFile;
  readonly request: HubRequest;
  readonly cache: RepositoryCache;
  readonly onWarning: (warning: BiomedClipError) => void;
}

/**
 * A model of the hub, from the cache that Python shares; what that lacks is downloaded into it. A branch or tag is
 * looked up at every load, a whole commit hash is not.
 * @throws {BiomedClipError} one of src/hub/errors.ts
 */
export async function openHubDirectory(
  name: HubName,
  options: LoadOptions,
  openFile: OpenFile,
): Promise<FileDirectory> {
  const { onWarning = warnOnConsole, onProgress, signal } = options;
  const { offline, ...settings } = await hubSettings(options.hub);
  const request: HubRequest = { ...name, ...settings, signal };
  const cache = new RepositoryCache(settings.cacheFolder, name.repo);
  const load: Load = { openFile, request, cache, onWarning, onProgress };
  const known = await cache.commitOf(name.revision);
  if (known && isCommit(name.revision) && (await stateOf(cache, known)).complete)
    return snapshot(load, known);
  if (offline) return openOffline(load, known);
  try {
    const commit = await resolveCommit(request);
    if ((await stateOf(cache, commit)).complete) {
      await cache.setCommit(name.revision, commit).catch(() => {}); // the cache may be read-only
      return snapshot(load, commit);
    }
    const files = await listFilesAt(request, commit);
    const needed = neededFiles(request, files);
    if (options.cache === false) return streamed(load, commit, needed);
    return await downloaded(load, commit, needed);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof BiomedClipError) || error instanceof HubRevisionNotFoundError) throw error;
    if (!known || (await stateOf(cache, known)).missing.length > 0) throw error;
    onWarning(new HubNotAskedError(name.repo, name.revision, known, error));
    return withWarnedGaps(load, known);
  }
}

/** @throws {HubOfflineError} */
async function openOffline(load: Load, commit: string | undefined): Promise<FileDirectory> {
  const { repo, revision } = load.request;
  const { cacheFolder } = load.cache;
  if (!commit) throw new HubOfflineError(repo, revision, cacheFolder, undefined);
  const { missing } = await stateOf(load.cache, commit);
  if (missing.length > 0) throw new HubOfflineError(repo, revision, cacheFolder, missing);
  return withWarnedGaps(load, commit);
}

async function withWarnedGaps(load: Load, commit: string): Promise<FileDirectory> {
  const { unknown } = await stateOf(load.cache, commit);
  if (unknown.length > 0) load.onWarning(new HubUnknownFilesError(load.request.repo, commit, unknown));
  return snapshot(load, commit);
}

/** What a snapshot has of the files that loading reads. */
async function stateOf(cache: RepositoryCache, commit: string) {
  const found = await cache.filesAt(commit);
  const { missing } = chosenFiles(found);
  const unknown: string[] = [];
  for (const file of OPTIONAL_FILES) {
    if (!found.includes(file) && !(await cache.isKnownAbsent(commit, file))) unknown.push(file);
  }
  return { missing, unknown, complete: missing.length === 0 && unknown.length === 0 };
}

/** Downloads what the snapshot lacks. Where the cache cannot be written, the files are read from the hub. */
async function downloaded(load: Load, commit: string, needed: readonly HubFile[]): Promise<FileDirectory> {
  const { request, cache, onWarning } = load;
  try {
    await fillSnapshot(load, commit, needed);
    return snapshot(load, commit);
  } catch (error) {
    if (error instanceof BiomedClipError || codeOf(error) === '') throw error;
    const reason = `${cache.cacheFolder} cannot be written (${codeOf(error)}); HF_HUB_CACHE names another folder`;
    onWarning(new NotCachedError(reason, { cause: error }));
    throwIfAborted(request.signal);
    return streamed(load, commit, needed);
  }
}

async function fillSnapshot(load: Load, commit: string, needed: readonly HubFile[]): Promise<void> {
  const { request, cache, onProgress } = load;
  const lacking: HubFile[] = [];
  for (const file of needed) if ((await cache.sizeOf(commit, file.path)) !== file.size) lacking.push(file);
  const total = lacking.reduce((sum, { size }) => sum + size, 0);
  const alone = !needed.some(({ path }) => path === CONFIG_FILE); // else it is a BERT's, or not read
  let before = 0;
  for (const file of lacking) {
    await downloadBlob({
      request,
      file,
      url: fileUrl(request, commit, file.path),
      blob: cache.blob(file.hash),
      onBytes: (done) => onProgress?.({ stage: 'download', done: before + done, total }),
    });
    await cache.link(commit, file.path, file.hash);
    if (file.path === HF_CONFIG_FILE && alone) await expectClip(load, commit);
    before += file.size;
  }
  for (const file of OPTIONAL_FILES) {
    if (!needed.some(({ path }) => path === file)) await cache.markAbsent(commit, file);
  }
  await cache.setCommit(request.revision, commit);
}

/** Before the weights of another kind of model are downloaded. @throws {HubNoCheckpointError} */
async function expectClip(load: Load, commit: string): Promise<void> {
  const { repo, revision } = load.request;
  const json = (await readText(snapshot(load, commit), HF_CONFIG_FILE)) ?? '';
  if (!/"model_type"\s*:\s*"clip"|"model_cfg"/.test(json)) {
    throw new HubNoCheckpointError(repo, revision, [`${CONFIG_FILE} or ${HF_CONFIG_FILE} of a CLIP`]);
  }
}

function snapshot({ request, cache, openFile }: Load, commit: string): FileDirectory {
  const folder = cache.snapshot(commit);
  return { name: request.repo, revision: commit, open: (file) => openFile(join(folder, file)) };
}

/** Read from the hub by Range requests, but for what the cache has. */
function streamed(load: Load, commit: string, needed: readonly HubFile[]): FileDirectory {
  const { request, cache } = load;
  const local = snapshot(load, commit);
  const remote = urlDirectory(fileUrl(request, commit), {
    signal: request.signal,
    fetch: expectingFetch(request),
  });
  return {
    ...local,
    async open(file) {
      const known = needed.find(({ path }) => path === file);
      if (!known) return undefined;
      return (await cache.sizeOf(commit, file)) === known.size ? local.open(file) : remote.open(file);
    },
  };
}
