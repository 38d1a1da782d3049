import type { FileDirectory } from '../platform/files.ts';
import { fileReadError, fileSource } from './file-source.ts';

/** A directory on disk that the user let the page read. */
export function handleDirectory(handle: FileSystemDirectoryHandle): FileDirectory {
  return {
    name: handle.name,
    async open(file) {
      const name = `${handle.name}/${file}`;
      try {
        const entry = await handle.getFileHandle(file);
        return fileSource(name, await entry.getFile());
      } catch (cause) {
        if (cause instanceof DOMException && cause.name === 'NotFoundError') return undefined;
        throw fileReadError(name, cause); // a directory of that name, or no permission (any more)
      }
    },
  };
}
