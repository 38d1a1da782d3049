import { InvalidOptionError } from '../errors.ts';

/** A model on the Hugging Face Hub. */
export interface HubName {
  /** `org/name`. */
  readonly repo: string;
  /** A branch, a tag or a commit hash. */
  readonly revision: string;
  /** Written as `org/name` alone, so that a directory or a relative URL could have been meant. */
  readonly bare: boolean;
}

export const DEFAULT_ENDPOINT = 'https://huggingface.co';
const DEFAULT_REVISION = 'main';
const PREFIX = 'hf-hub:';
/** Hosts whose pages are models' pages, besides the endpoint's. */
const HOSTS = ['huggingface.co', 'www.huggingface.co', 'hf.co'];
/** First segments of pages that are no model's. */
const NO_OWNERS = ['api', 'datasets', 'spaces', 'docs', 'collections', 'papers', 'blog', 'models'];
// As huggingface_hub's validate_repo_id; `--` separates the parts in the cache's folder names.
const SEGMENT = /^\w(?:[\w.-]{0,94}\w)?$/;
const REVISION = /^\w(?:[\w.+/-]*[\w.+-])?$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** Whether it is a whole commit hash: what it names never changes. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/**
 * The model that a source names: `org/name`, `hf-hub:org/name`, either with `@revision`, or the URL of its page.
 * Undefined for other sources, such as a path or the URL of a directory.
 * @throws {InvalidOptionError} for a malformed name after `hf-hub:`, or a revision that contradicts the name's
 */
export function hubName(
  source: string,
  { revision, endpoint = DEFAULT_ENDPOINT }: { revision?: string; endpoint?: string } = {},
): HubName | undefined {
  const prefixed = source.startsWith(PREFIX);
  const page = /^https?:/i.test(source);
  const found = page
    ? ofPage(source, endpoint)
    : ofName(prefixed ? source.slice(PREFIX.length) : source, prefixed);
  if (!found) {
    if (prefixed)
      throw new InvalidOptionError('source', `${PREFIX}org/name, with or without @revision`, source);
    return undefined;
  }
  const named = found.revision;
  if (named !== undefined && revision !== undefined && named !== revision) {
    throw new InvalidOptionError('revision', `${named}, as the name says`, revision);
  }
  const chosen = named ?? revision ?? DEFAULT_REVISION;
  if (!isRevision(chosen))
    throw new InvalidOptionError('revision', 'a branch, a tag or a commit hash', chosen);
  return { repo: found.repo, revision: chosen, bare: !prefixed && !page };
}

interface Found {
  readonly repo: string;
  readonly revision?: string;
}

function ofName(text: string, prefixed: boolean): Found | undefined {
  const [, repo = '', revision] = /^([^@]*)(?:@(.+))?$/.exec(text) ?? [];
  const segments = repo.split('/');
  const fits = segments.length === 2 || (prefixed && segments.length === 1); // the oldest models have no owner
  return fits && segments.every(isSegment) ? { repo, revision } : undefined;
}

/** `https://huggingface.co/org/name`, also with `/tree/revision` or `/blob/revision/file`. */
function ofPage(source: string, endpoint: string): Found | undefined {
  if (!URL.canParse(source)) return undefined;
  const { host, pathname } = new URL(source);
  if (!HOSTS.includes(host) && host !== new URL(endpoint).host) return undefined;
  const base = new URL(endpoint).host === host ? new URL(endpoint).pathname.replace(/\/$/, '') : '';
  if (!pathname.startsWith(`${base}/`)) return undefined;
  const [owner = '', name = '', kind, revision, ...more] = pathname
    .slice(base.length + 1)
    .replace(/\/$/, '')
    .split('/');
  const isPage = kind === undefined || (kind === 'tree' && more.length === 0) || kind === 'blob';
  if (!isPage || !isSegment(owner) || !isSegment(name) || NO_OWNERS.includes(owner)) return undefined;
  return { repo: `${owner}/${name}`, revision: revision && decodeURIComponent(revision) };
}

function isSegment(text: string): boolean {
  return SEGMENT.test(text) && !text.includes('--') && !text.includes('..') && !text.endsWith('.git');
}

/** It becomes a path in the cache, which it must not leave. */
function isRevision(text: string): boolean {
  return REVISION.test(text) && !text.includes('..') && !text.includes('//');
}
