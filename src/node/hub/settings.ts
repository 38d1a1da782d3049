import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { HubOptions } from '../../api.ts';
import { InvalidOptionError } from '../../errors.ts';
import { DEFAULT_ENDPOINT } from '../../hub/name.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How the hub is asked, and where its files are kept. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** Nothing may be asked. */
  readonly offline: boolean;
  readonly cacheFolder: string;
}

/** The endpoint of the options, or else of `HF_ENDPOINT`. @throws {InvalidOptionError} */
export function hubEndpoint({ endpoint }: HubOptions = {}, env: Environment = process.env): string {
  const url = endpoint ?? (env.HF_ENDPOINT || DEFAULT_ENDPOINT);
  if (/^https?:/i.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new InvalidOptionError(
    endpoint === undefined ? 'HF_ENDPOINT' : 'hub.endpoint',
    'an http(s) URL',
    url,
  );
}

/** The options, and for what they leave open the environment variables of huggingface_hub. */
export async function hubSettings(
  options: HubOptions = {},
  env: Environment = process.env,
): Promise<HubSettings> {
  return {
    endpoint: hubEndpoint(options, env),
    token: options.token === undefined ? await implicitToken(env) : cleaned(options.token),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    cacheFolder: options.cacheFolder ?? cacheFolder(env),
  };
}

function hubHome(env: Environment): string {
  return expanded(env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join('~', '.cache'), 'huggingface'), env);
}

function cacheFolder(env: Environment): string {
  return expanded(env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(hubHome(env), 'hub'), env);
}

async function implicitToken(env: Environment): Promise<string | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const named = cleaned(env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN);
  if (named !== undefined) return named;
  const file = expanded(env.HF_TOKEN_PATH ?? join(hubHome(env), 'token'), env);
  return cleaned(await readFile(file, 'utf8').catch(() => undefined)); // most people have none
}

/** Without line ends, which a header cannot hold. */
function cleaned(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, '').trim() || undefined;
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((value ?? '').toUpperCase());
}

/** `~`, `$NAME` and `${NAME}`, as Python's expanduser and expandvars. */
function expanded(path: string, env: Environment): string {
  const inHome = /^~(?=[/\\]|$)/.test(path) ? join(env.HOME ?? homedir(), path.slice(1)) : path;
  return inHome.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, a, b) => env[a ?? b] ?? whole);
}
