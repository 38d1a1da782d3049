import { isIndex, WEIGHTS_FILES } from '../../weights/checkpoint.ts';
import { CONFIG_FILE, HF_CONFIG_FILE } from '../../weights/config-text.ts';
import { PREPROCESSOR_FILE } from '../../weights/hf-fields.ts';
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
const CONFIGS: Alternatives = [
  [CONFIG_FILE, HF_CONFIG_FILE], // which may be the BERT's
  [CONFIG_FILE],
  [HF_CONFIG_FILE, PREPROCESSOR_FILE],
  [HF_CONFIG_FILE],
];
const VOCABULARIES: Alternatives = [
  ['tokenizer.json'],
  ['vocab.txt'],
  ['vocab.json', 'merges.txt'],
  [PUBLISHED_MERGES],
];
/** Files that a model may do without, but which change what is computed. */
export const OPTIONAL_FILES = ['tokenizer_config.json', 'special_tokens_map.json'];

/**
 * What loading reads of a model's files, the weights last.
 * @throws {HubNoCheckpointError} naming what it lacks
 */
export function neededFiles({ repo, revision }: HubRequest, files: readonly HubFile[]): HubFile[] {
  const byName = new Map(files.map((file) => [file.path, file]));
  const { names, missing } = chosenFiles([...byName.keys()]);
  if (missing.length > 0) throw new HubNoCheckpointError(repo, revision, missing);
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Which of the files are read, and which are missing: each entry a file, or several of which one would do. */
export function chosenFiles(there: readonly string[]): { names: string[]; missing: string[] } {
  const has = (name: string) => there.includes(name);
  const weights = WEIGHTS_FILES.flatMap((file) => {
    const shards = isIndex(file) ? shardsOf(file, there) : [];
    return shards ? [[file, ...shards]] : [];
  });
  const required = [
    { alternatives: CONFIGS, words: [CONFIG_FILE, HF_CONFIG_FILE] },
    { alternatives: VOCABULARIES, words: VOCABULARIES.map((together) => together.join(' with ')) },
    { alternatives: weights, words: WEIGHTS_FILES.filter((file) => !isIndex(file)) },
  ].map(({ alternatives, words }) => ({
    words,
    chosen: alternatives.find((together) => together.every(has)),
  }));
  const missing = required.filter(({ chosen }) => !chosen).map(({ words }) => words.join(' or '));
  return {
    names: [...OPTIONAL_FILES.filter(has), ...required.flatMap(({ chosen }) => chosen ?? [])],
    missing,
  };
}

/** The files of an index, by their names: `model-00001-of-00002.safetensors`. Undefined unless all are there. */
function shardsOf(index: string, there: readonly string[]): string[] | undefined {
  const [, stem = '', ending = ''] = /^(\w+)\.(\w+)\.index\.json$/.exec(index) ?? [];
  const shard = new RegExp(`^${stem}-\\d{5}-of-(\\d{5})\\.${ending}$`);
  const found = there.filter((file) => shard.test(file));
  return found.length === Number(shard.exec(found[0] ?? '')?.[1]) ? found : undefined;
}

/** Where a file of a model at a commit is downloaded. */
export function fileUrl({ endpoint, repo }: HubRequest, commit: string, file = ''): string {
  return `${endpoint}/${repo}/resolve/${commit}/${file}`;
}
