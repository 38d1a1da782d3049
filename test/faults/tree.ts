import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in a folder: a file's SHA-256, or `folder`, by the path below it. */
export type Tree = ReadonlyMap<string, string>;

/** Makes of a file's bytes what must be equal between runs: its times are not. Undefined for a file that tells of the run itself. */
export type Comparable = (path: string, bytes: Buffer) => Buffer | undefined;

export async function treeOf(folder: string, comparable: Comparable): Promise<Tree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return new Map();
  const tree = new Map([['.', 'folder']]);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (!entry.isFile()) tree.set(name, entry.isDirectory() ? 'folder' : 'link');
    else {
      const bytes = comparable(name, await readFile(path));
      if (bytes) tree.set(name, sha256(bytes));
    }
  }
  return new Map([...tree].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What is other in `tree`, in words. */
export function differences(tree: Tree, expected: Tree): string[] {
  const missing = [...expected.keys()].filter((name) => !tree.has(name)).map((name) => `${name} is missing`);
  const more = [...tree].filter(([name]) => !expected.has(name)).map(([name]) => `${name} is there`);
  const other = [...tree]
    .filter(([name, content]) => expected.has(name) && expected.get(name) !== content)
    .map(([name]) => `${name} is other`);
  return [...missing, ...more, ...other];
}

/** Files that neither were there before nor are as an undisturbed run writes them. */
export function halfWritten(tree: Tree, before: Tree, whole: Tree): string[] {
  return [...tree]
    .filter(([name, content]) => content !== before.get(name) && content !== whole.get(name))
    .map(([name]) => `${name} is neither as before nor whole`);
}
