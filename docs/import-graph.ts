// Draws which folder imports which into docs/imports.md: `npm run docs:imports`. With --check it writes nothing, and
// fails where folders import each other in a circle, or where the drawing is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { cruise, type IReporterOutput } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

type Graph = Map<string, Set<string>>;

const FILE = new URL('imports.md', import.meta.url);
const ROOTS = ['src', 'weights', 'bench', 'bin'];
/** Their subfolders are drawn one by one; those of other folders are part of the folder that holds them. */
const NESTED = ['src/node', 'src/metrics', 'src/kernels', 'src/browser'];

const graph = await folderGraph();
const circles = stronglyConnected(graph).filter((folders) => folders.length > 1);
const drawing = document(graph);
for (const circle of circles) console.error(`folders import each other in a circle: ${circle.join(', ')}`);
if (!process.argv.includes('--check')) await writeFile(FILE, drawing);
else if ((await readFile(FILE, 'utf8').catch(() => '')) !== drawing) {
  console.error('docs/imports.md is out of date: npm run docs:imports');
  process.exitCode = 1;
}
if (circles.length > 0) process.exitCode = 1;

/** Folders, and the loose files of src, with what each imports; types count too. */
async function folderGraph(): Promise<Graph> {
  const options = { tsPreCompilationDeps: true, includeOnly: `^(${ROOTS.join('|')})/` };
  const { output }: IReporterOutput = await cruise(ROOTS, options, undefined, {
    tsConfig: extractTsConfig('tsconfig.json'),
  });
  if (typeof output === 'string') throw new TypeError('dependency-cruiser gave a report, not its result');
  const found: Graph = new Map();
  for (const { source, dependencies } of output.modules) {
    const from = folderOf(source);
    const imports = found.get(from) ?? new Set();
    found.set(from, imports);
    for (const { resolved } of dependencies) if (folderOf(resolved) !== from) imports.add(folderOf(resolved));
  }
  return found;
}

/** `src/api.ts` stands for itself; the trainer in weights/training is a user of all. */
function folderOf(file: string): string {
  const parts = file.split('/');
  const depth = NESTED.some((folder) => file.startsWith(`${folder}/`)) && parts.length > 3 ? 3 : 2;
  if (file.startsWith('weights/training/')) return 'weights/training';
  return parts[0] === 'src' ? parts.slice(0, depth).join('/') : (parts[0] ?? file);
}

/** Tarjan 1972: each set of folders that reach each other, those that import nothing first. */
function stronglyConnected(imports: Graph): string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const components: string[][] = [];
  const visit = (folder: string): number => {
    let lowest = index.size;
    index.set(folder, lowest);
    const own = lowest;
    stack.push(folder);
    for (const next of imports.get(folder) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? lowest);
    }
    if (lowest === own) components.push(stack.splice(stack.indexOf(folder)));
    return lowest;
  };
  for (const folder of [...imports.keys()].sort()) if (!index.has(folder)) visit(folder);
  return components;
}

function document(imports: Graph): string {
  const folders = new Map([...imports].filter(([name]) => !name.endsWith('.ts')).sort());
  const arrows = [...folders].flatMap(([from, to]) =>
    [...to]
      .filter((name) => folders.has(name) && !reaches(folders, from, name))
      .sort()
      .map((name) => `  ${id(from)} --> ${id(name)}`),
  );
  const all = [...imports.values()].reduce((sum, to) => sum + to.size, 0);
  const rows = [...folders].map(([from, to]) => `| ${from} | ${[...to].sort().join(', ') || 'nothing'} |`);
  return [
    '# Which folder imports which',
    '',
    'Drawn by `npm run docs:imports`; `npm run check` fails where it is out of date, or where folders import each other in a',
    'circle. An arrow that follows from others is left out, and so are the loose files of `src/`: types and errors that',
    `all use. With these there are ${imports.size} folders and loose files, and ${all} arrows.`,
    '',
    '```mermaid',
    'flowchart TD',
    ...[...folders.keys()].map((name) => `  ${id(name)}["${name}"]`),
    ...arrows,
    '```',
    '',
    '| folder | imports |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function id(folder: string): string {
  return folder.replaceAll('/', '_');
}

/** Whether `to` is reached from `from` by way of another folder. */
function reaches(imports: Graph, from: string, to: string): boolean {
  const seen = new Set([from]);
  const queue = [...(imports.get(from) ?? [])].filter((name) => name !== to);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...[...(imports.get(next) ?? [])]);
  }
  return false;
}
