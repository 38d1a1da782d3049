import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, relative, win32 } from 'node:path';
import { name, version } from '../../package.json';
import type { DeviceInfo } from '../device/adapter.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { SourceDateError } from './errors.ts';

/** Where numbers come from, so that they can be quoted and made again. Part of manifests and of results as JSON. */
export interface Provenance {
  readonly package: string;
  readonly version: string;
  /** When the command began, ISO 8601 in UTC; with SOURCE_DATE_EPOCH in the environment, that second. */
  readonly date: string;
  /** The command line; paths as `shortPath` writes them, and no secrets. */
  readonly command: string;
  /** Of commands that draw random numbers. */
  readonly seed?: number;
  /** The GPU or the software adapter, as WebGPU names it. */
  readonly adapter?: string;
  readonly driver?: string;
  /** The checkpoint that made the embeddings, where it is known. */
  readonly model?: ProvenanceModel;
  /** Where several models are compared, in their order. */
  readonly models?: readonly ProvenanceModel[];
  /** SHA-256 of each input, by what it is: see `listDigest` for images and captions; of files, of their bytes. */
  readonly inputs: Readonly<Record<string, string>>;
}

export interface ProvenanceModel {
  /** As `modelName` gives it. */
  readonly name: string;
  /** SHA-256, `model.info.fingerprint`. */
  readonly fingerprint?: string;
  /** The commit of a repository on a hub. */
  readonly revision?: string;
}

/** A run of the command line. */
export interface Run {
  /** The arguments, without the program's name. */
  readonly argv: readonly string[];
  readonly started: Date;
}

interface NamedCheckpoint {
  readonly name: string;
  readonly fingerprint?: string;
}

/** What a command adds to its run. */
export interface RunFacts {
  readonly seed?: number;
  readonly gpu?: Pick<DeviceInfo, 'device' | 'description'>;
  readonly model?: NamedCheckpoint;
  readonly models?: readonly NamedCheckpoint[];
  readonly inputs: Readonly<Record<string, string>>;
}

/** @throws {SourceDateError} */
export function provenanceOf(run: Run, { seed, gpu, model, models, inputs }: RunFacts): Provenance {
  const told = ({ name: source, fingerprint }: NamedCheckpoint) => ({
    ...hubNameAndRevision(source),
    fingerprint,
  });
  return {
    package: name,
    version,
    date: dateOf(run),
    command: commandText(run.argv),
    ...(seed === undefined ? {} : { seed }),
    ...(gpu ? { adapter: gpu.device, driver: gpu.description } : {}),
    ...(model ? { model: told(model) } : {}),
    ...(models ? { models: models.map(told) } : {}),
    inputs,
  };
}

const SOURCE_DATE = 'SOURCE_DATE_EPOCH';

/** https://reproducible-builds.org/specs/source-date-epoch. @throws {SourceDateError} for what is no whole second */
export function dateOf({ started }: Pick<Run, 'started'>): string {
  const given = process.env[SOURCE_DATE];
  const date = given === undefined || given === '' ? started : secondOf(given);
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function secondOf(text: string): Date {
  const date = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new SourceDateError(text);
  return date;
}

/** SHA-256 of texts: of each as a JSON string and a line feed, in their order. */
export function listDigest(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${JSON.stringify(text)}\n`);
  return hash.digest('hex');
}

/** Options whose value is a secret. */
const SECRET = /^--?[\w-]*(token|secret|password|api-?key)$/i;

/** A command line for a shell, without private paths and secrets. */
export function commandText(argv: readonly string[]): string {
  const words = argv.map((word, i) => {
    const [option, value] = /^(--?[\w-]+)=(.*)$/s.exec(word)?.slice(1) ?? [];
    if (option !== undefined && value !== undefined) {
      return `${option}=${SECRET.test(option) ? '***' : quoted(shortPath(value))}`;
    }
    return SECRET.test(argv[i - 1] ?? '') ? '***' : quoted(shortPath(word));
  });
  return [name, ...words].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@%+,=~…-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A path that leads through someone's home, from wherever it starts. */
const THROUGH_HOME = /(^|[\\/])(home|users|root)[\\/]/i;

/**
 * A path or URL that gives nothing private away: within the working directory relative to it, else of an absolute path
 * or one through a home folder the last part alone. A URL loses user, password and query.
 */
export function shortPath(path: string): string {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(path)) return shortUrl(path);
  const absolute = isAbsolute(path) || win32.isAbsolute(path) || path.startsWith('~');
  if (!absolute && !THROUGH_HOME.test(path)) return path;
  const within = isAbsolute(path) ? relative(process.cwd(), path) : path;
  if (isAbsolute(path) && within !== '' && !within.startsWith('..')) return within;
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

function shortUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, host, pathname } = new URL(text);
  return protocol === 'file:' ? shortPath(decodeURIComponent(pathname)) : `${protocol}//${host}${pathname}`;
}

/** A text in which the home folder's path, such as one in an error's message, is `~`. */
export function withoutHome(text: string): string {
  const home = homedir().replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return home.length > 1 ? text.replace(new RegExp(`(?<![\\w./-])${home}(?=[\\\\/]|$)`, 'g'), '~') : text;
}

/** A path that `withoutHome` has shortened, as it was. */
export function withHome(path: string): string {
  return path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path;
}

/** How hubs lay out their cache: models--OWNER--NAME/snapshots/COMMIT. */
const HUB_CACHE = /models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/]([^\\/]+)/;

/** What results call the package's own model. */
export const EMBEDDED_NAME = 'embedded';

/** Of seeded weights. */
const UNTRAINED = 'this model is untrained, so its results mean nothing';
const NOT_MEDICAL = 'this is the small model of the package, not a medical model; for another give --model';

/** Shown with all results of a model that nobody should take for BiomedCLIP; `name` is of `modelName`. */
export function cautionOf({ name, untrained }: { name: string; untrained?: boolean }): string | undefined {
  if (untrained) return UNTRAINED;
  return name === EMBEDDED_NAME ? NOT_MEDICAL : undefined;
}

/** The same of rows, by their manifest. */
export function cautionOfRows({
  model,
  untrained,
}: {
  model: string;
  untrained?: boolean;
}): string | undefined {
  return cautionOf({ name: model, untrained });
}

/** A checkpoint's name without its place: `embedded`, a hub's name, a URL, or the directory's own name. */
export function modelName(source: string): string {
  return hubNameAndRevision(source).name;
}

/** The same of the name that a manifest has, which of earlier versions is a place still. */
export function knownModelName(name: string): string {
  return name === EMBEDDED_NAME ? name : modelName(name);
}

function hubNameAndRevision(source: string): { name: string; revision?: string } {
  const [, owner, repository, revision] = HUB_CACHE.exec(source) ?? [];
  if (owner !== undefined) return { name: `${owner}/${repository}`, revision };
  if (source === EMBEDDED_MODEL) return { name: EMBEDDED_NAME };
  if (/^https?:/i.test(source)) return { name: shortUrl(source) };
  if (/^(hf-hub:)?[\w.-]+\/[\w.-]+(@[\w.-]+)?$/.test(source) && !existsSync(source)) return { name: source };
  const last = source.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? source;
  return { name: last === EMBEDDED_NAME ? `./${last}` : last }; // a directory of that name is not the package's model
}
