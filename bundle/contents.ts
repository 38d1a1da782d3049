import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { neededPackages } from './dependencies.ts';
import { MissingPartError, SharedNodeError } from './errors.ts';
import { vulkanLoader } from './vulkan-loader.ts';

/** A file of the archive. */
export interface Entry {
  /** In the archive, with forward slashes. */
  readonly path: string;
  readonly executable: boolean;
  read(): Promise<Uint8Array>;
}

/** `linux-x64` and its like. */
export const HERE = `${process.platform}-${process.arch}`;

/** Of the package, as npm publishes them, less what only browsers and compilers read. */
const OWN = ['dist', 'weights/default', 'examples/biomed', 'fonts', 'recipes', 'shaders'];
const OWN_FILES = ['package.json', 'LICENSE', 'CHANGELOG.md'];
const FOR_BROWSERS = /^dist\/(browser\/|modality-map\.)/;

/**
 * What no program reads while it runs: typings, source maps, C sources, manuals. Licences stay.
 */
const UNREAD =
  /(\.map|\.d\.[mc]?ts|\.[mc]?tsx?|\.tsbuildinfo|\.cc|\.hpp?|\.gyp|(?<!LICEN[CS]E|NOTICE)\.(md|markdown))$/i;
/** The same code again for script elements. */
const FOR_PAGES = /^dist\/(umd|iife)\//;
/** Of a package's top folder alone: deeper ones may be code. */
const UNREAD_FOLDERS = /^(docs?|tests?|__tests__|examples?|bench(marks?)?|\.github)\//;
/** A folder, or two, of natives: `linux-x64/`, `darwin/arm64/`. */
const NATIVES = /(?:^|\/)(darwin|linux|win32)[-/](x64|arm64|universal)\//;

/** Everything that the archive holds besides what is written for it, sorted. @throws {MissingPartError} @throws {SharedNodeError} */
export async function contents(root: string): Promise<Entry[]> {
  if (!existsSync(join(root, 'dist/node/cli.js'))) {
    throw new MissingPartError('dist/node/cli.js', 'run npm run build');
  }
  const paths = [...OWN_FILES];
  for (const folder of OWN)
    paths.push(...(await filesOf(root, folder)).filter((path) => !FOR_BROWSERS.test(path)));
  for (const folder of await neededPackages(root)) paths.push(...(await packageFiles(root, folder)));
  const files = paths
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => fileEntry(path, join(root, path)));
  const loader = await vulkanLoader();
  const system = loader.map(({ path, file }) => fileEntry(path, file));
  return [...files, nodeEntry(), ...system].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The Node that runs this script. */
function nodeEntry(): Entry {
  const { variables } = process.config as { variables: { node_shared?: boolean } };
  if (variables.node_shared) throw new SharedNodeError(process.execPath);
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return { ...fileEntry(`bin/${name}`, process.execPath), executable: true };
}

function fileEntry(path: string, file: string): Entry {
  return { path, executable: false, read: () => readFile(file) };
}

async function packageFiles(root: string, folder: string): Promise<string[]> {
  const files = await filesOf(root, folder);
  return files.filter((path) => {
    const inside = path.slice(folder.length + 1);
    if (inside.startsWith('node_modules/')) return false; // packages of their own
    return (
      !UNREAD.test(inside) && !UNREAD_FOLDERS.test(inside) && !FOR_PAGES.test(inside) && isForHere(inside)
    );
  });
}

function isForHere(path: string): boolean {
  const [, platform, arch] = NATIVES.exec(path) ?? [];
  return (
    platform === undefined ||
    (platform === process.platform && (arch === process.arch || arch === 'universal'))
  );
}

async function filesOf(root: string, folder: string): Promise<string[]> {
  const found = await readdir(join(root, folder), { withFileTypes: true, recursive: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
}
