import type { FoundFile } from './dropped-files.ts';

/** What systems put beside people's files. */
const HIDDEN = /^\.|^__MACOSX$|^Thumbs\.db$|^desktop\.ini$/i;

/** All files of a folder and of those in it, with their paths from it on. Hidden ones are left out. */
export async function filesIn(folder: FileSystemDirectoryHandle): Promise<FoundFile[]> {
  return below(folder, folder.name);
}

async function below(folder: FileSystemDirectoryHandle, path: string): Promise<FoundFile[]> {
  const inside: Promise<FoundFile[]>[] = [];
  for await (const entry of folder.values()) {
    if (HIDDEN.test(entry.name)) continue;
    const at = `${path}/${entry.name}`;
    if (entry.kind === 'directory') inside.push(below(entry as FileSystemDirectoryHandle, at));
    else inside.push((entry as FileSystemFileHandle).getFile().then((file) => [{ path: at, file }]));
  }
  return (await Promise.all(inside)).flat();
}

/** Of a folder that an input gave, the same. */
export function withoutHidden(files: readonly FoundFile[]): FoundFile[] {
  return files.filter(({ path }) => !path.split('/').some((name) => HIDDEN.test(name)));
}
