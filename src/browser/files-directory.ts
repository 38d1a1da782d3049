import { SAFETENSORS_FILE, TORCH_FILE } from '../../weights/checkpoint.ts';
import { SeveralCheckpointsError } from '../platform/errors.ts';
import type { FileDirectory } from '../platform/files.ts';
import { fileSource } from './file-source.ts';

/**
 * The checkpoint among files that the user picked. A directory comes with everything below it, and only files beside
 * the weights count; files without paths count as one directory.
 * @throws {SeveralCheckpointsError} for weights in more than one folder
 */
export function filesDirectory(files: readonly File[]): FileDirectory {
  const weights = files.filter(({ name }) => name === SAFETENSORS_FILE || name === TORCH_FILE);
  const folders = [...new Set(weights.map(folderOf))];
  if (folders.length > 1) throw new SeveralCheckpointsError(folders);
  const folder = folders[0] ?? commonFolder(files);
  const inside = files.filter((file) => folderOf(file) === folder);
  const name = folder || 'the files';
  return {
    name,
    async open(file) {
      const found = inside.find((candidate) => candidate.name === file);
      return found && fileSource(`${name}/${file}`, found);
    },
  };
}

/** The path before the file's name, as `webkitRelativePath` has it: empty for files that were picked one by one. */
function folderOf({ webkitRelativePath, name }: File): string {
  return webkitRelativePath.slice(0, -name.length - 1);
}

function commonFolder(files: readonly File[]): string {
  return files[0]?.webkitRelativePath.split('/')[0] ?? '';
}
