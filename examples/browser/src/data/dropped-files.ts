/** A file with its folders, as far as the browser tells them. */
export interface FoundFile {
  /** With slashes between folders. */
  readonly path: string;
  readonly file: File;
}

/** The files of a drop, those in dropped folders too. */
export async function droppedFiles(data: DataTransfer): Promise<FoundFile[]> {
  const found = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? item.getAsFile() ?? []); // at once: the items go
  return (
    await Promise.all(found.map((one) => (one instanceof File ? pickedFiles([one]) : filesOf(one))))
  ).flat();
}

/** The files of a picker, which knows folders only where one was picked. */
export function pickedFiles(files: readonly File[]): FoundFile[] {
  return files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

async function filesOf(entry: FileSystemEntry): Promise<FoundFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break; // a reader hands out a hundred at a time
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}
