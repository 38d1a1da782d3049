import { SAFETENSORS_FILE, TORCH_FILE } from '../../weights/checkpoint.ts';
import { CONFIG_FILE } from '../../weights/config-text.ts';
import { BiomedClipError, throwIfAborted } from '../errors.ts';
import { PUBLISHED_MERGES } from '../text/bpe-files.ts';
import { HubAnswerError, HubNoCheckpointError } from './errors.ts';
import { expectingFetch, type HubRequest } from './hub-fetch.ts';
import { isCommit } from './name.ts';

/** A file of a model at one commit. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The SHA-256 of a large file, of another one git's SHA-1: the ETag by which huggingface_hub's cache names it. */
  readonly hash: string;
  readonly large: boolean;
}

/** The commit that a branch or tag is now. @throws {BiomedClipError} one of this folder's */
export async function resolveCommit(request: HubRequest): Promise<string> {
  const { repo, revision, endpoint } = request;
  if (isCommit(revision)) return revision;
  const { modelInfo } = await import('./library.ts');
  return readable(request, async (fetch) => {
    const fields = { additionalFields: ['sha' as const], hubUrl: endpoint };
    const { sha } = await modelInfo({ name: repo, revision, fetch, ...fields });
    if (typeof sha === 'string' && isCommit(sha)) return sha;
    throw new HubAnswerError(`${endpoint}/api/models/${repo}`, 'the answer names no commit');
  });
}

/** The files beside the weights at a commit. @throws {BiomedClipError} one of this folder's */
export async function listFilesAt(request: HubRequest, commit: string): Promise<HubFile[]> {
  const { repo, endpoint } = request;
  const { listFiles } = await import('./library.ts');
  return readable(request, async (fetch) => {
    const files: HubFile[] = [];
    for await (const entry of listFiles({ repo, revision: commit, hubUrl: endpoint, fetch })) {
      const { type, path, size, oid, lfs } = entry;
      if (type !== 'file') continue;
      const hash = lfs?.oid ?? oid;
      if (!isHash(hash) || !(Number.isSafeInteger(size) && size >= 0)) {
        throw new HubAnswerError(
          `${endpoint}/api/models/${repo}/tree/${commit}`,
          `${path} has no hash or size`,
        );
      }
      files.push({ path, size: lfs?.size ?? size, hash, large: lfs !== undefined });
    }
    return files;
  });
}

/** It becomes a file name. */
function isHash(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

/** Asks by a `fetch` of typed errors, and makes one of what the library cannot read. */
async function readable<T>(
  request: HubRequest,
  ask: (fetch: typeof globalThis.fetch) => Promise<T>,
): Promise<T> {
  try {
    return await ask(expectingFetch(request));
  } catch (error) {
    throwIfAborted(request.signal);
    if (error instanceof BiomedClipError) throw error;
    const problem = `the answer cannot be read (${error instanceof Error ? error.message : String(error)})`;
    throw new HubAnswerError(`${request.endpoint}/${request.repo}`, problem, { cause: error });
  }
}

/** Each entry does alone, the preferred ones first: files that are read together. */
type Alternatives = readonly (readonly string[])[];
const WEIGHTS: Alternatives = [[SAFETENSORS_FILE], [TORCH_FILE]];
const VOCABULARIES: Alternatives = [
  ['tokenizer.json'],
  ['vocab.txt'],
  ['vocab.json', 'merges.txt'],
  [PUBLISHED_MERGES],
];
/** Files that a model may do without, but which change what is computed. */
export const OPTIONAL_FILES = ['tokenizer_config.json', 'special_tokens_map.json'];
const REQUIRED: readonly Alternatives[] = [[[CONFIG_FILE]], VOCABULARIES, WEIGHTS];
/** Every file that loading may read. */
export const READ_FILES = [...OPTIONAL_FILES, ...REQUIRED.flat(2)];

/**
 * What loading reads of a model's files, the weights last.
 * @throws {HubNoCheckpointError} naming what it lacks
 */
export function neededFiles({ repo, revision }: HubRequest, files: readonly HubFile[]): HubFile[] {
  const byName = new Map(files.map((file) => [file.path, file]));
  const { names, missing } = chosenFiles((name) => byName.has(name));
  if (missing.length > 0) throw new HubNoCheckpointError(repo, revision, missing);
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Which of the files are read, and which are missing: each entry a file, or several of which one would do. */
export function chosenFiles(has: (name: string) => boolean): { names: string[]; missing: string[] } {
  const chosen = REQUIRED.map((alternatives) => alternatives.find((together) => together.every(has)));
  const missing = REQUIRED.filter((_, i) => chosen[i] === undefined).map(named);
  const names = [...OPTIONAL_FILES.filter(has), ...chosen.flatMap((together) => together ?? [])];
  return { names, missing };
}

function named(alternatives: Alternatives): string {
  return alternatives.map((together) => together.join(' with ')).join(' or ');
}

/** Where a file of a model at a commit is downloaded. */
export function fileUrl({ endpoint, repo }: HubRequest, commit: string, file = ''): string {
  return `${endpoint}/${repo}/resolve/${commit}/${file}`;
}
