import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MissingPartError } from './errors.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What the benchmarks measure against, beside the package's own dependencies. */
const PEERS = ['onnxruntime-node', '@keckelt/tsne'];

/** Needed by onnxruntime-node's installer alone. */
const INSTALLERS = new Set(['adm-zip', 'global-agent']);

/**
 * The folders of all packages that are needed to run, relative to `root`, sorted: dependencies and theirs, as Node resolves
 * them, and of the optional ones those that are installed, which are this platform's.
 * @throws {MissingPartError} for one that is not installed
 */
export async function neededPackages(root: string): Promise<string[]> {
  const found = new Set<string>();
  await collect(root, '', [...Object.keys((await manifestOf(root, '')).dependencies ?? {}), ...PEERS], found);
  return [...found].sort();
}

async function collect(
  root: string,
  from: string,
  names: readonly string[],
  found: Set<string>,
): Promise<void> {
  for (const name of names) {
    const folder = resolved(root, from, name);
    if (!folder) throw new MissingPartError(`node_modules/${name}`, 'run npm ci');
    if (found.has(folder)) continue;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = await manifestOf(root, folder);
    const here = Object.keys(optionalDependencies).filter((optional) => resolved(root, folder, optional));
    const needed = Object.keys(dependencies).filter(
      (needs) => !INSTALLERS.has(needs) && !(needs in optionalDependencies),
    );
    await collect(root, folder, [...needed, ...here], found);
  }
}

/** The nearest `node_modules` above `from` that has the package. */
function resolved(root: string, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (folder === '.') folder = '';
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(root, candidate, 'package.json'))) return candidate;
    if (folder === '') return undefined;
  }
}

async function manifestOf(root: string, folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
}
