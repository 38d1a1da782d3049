import { stat } from 'node:fs/promises';
import { isArchiveName } from '../archives/archive.ts';
import { openArchiveImages } from '../archives/open-archive.ts';
import { UnreadableImageError } from '../image/errors.ts';
import type { PixelSource } from '../image/source.ts';
import type { ByteSource } from '../platform/files.ts';
import { fileStamp } from './file-stamp.ts';
import { localPath } from './image-bytes.ts';
import { openInput } from './open-input.ts';
import { OpenOnes } from './open-ones.ts';
import { isSlideName } from './slide-tiles.ts';

/** A file that holds many images, each under a name of its own: an archive, a table, a slide. */
export interface ImageContainer {
  /** An image file's bytes, or pixels. @throws {ImageError} where there is none of that name */
  read(member: string): Promise<Uint8Array | PixelSource>;
  close(): Promise<void>;
}

interface ContainerKind {
  /** Whether a path or URL is that of such a file, by its ending. */
  readonly isNamed: (file: string) => boolean;
  open(source: ByteSource): Promise<ImageContainer>;
}

const KINDS: readonly ContainerKind[] = [
  {
    isNamed: isSlideName,
    open: async (source) => (await import('./slide-container.ts')).slideContainer(source),
  },
  { isNamed: isArchiveName, open: openArchiveImages },
];

/** Containers that stay open: images are asked for in order, so that few are in use at a time. */
const containers = new OpenOnes<ImageContainer>(2);

/**
 * An image of a container.
 * @throws {ImageError} @throws {BiomedClipError} where the container cannot be read
 */
export async function readMember(file: string, member: string): Promise<Uint8Array | PixelSource> {
  const kind = KINDS.find(({ isNamed }) => isNamed(file));
  if (!kind) {
    throw new UnreadableImageError(
      `${file}#${member}`,
      'after # there must be frame=, page=, axial=, coronal= or sagittal= and a number from 1 on',
    );
  }
  return containers.use(
    await keyOf(file),
    async () => kind.open(await openInput(file)),
    (container) => container.read(member),
  );
}

let unsettled = 0;

/** By which an open container is found again. A file that changed a moment ago could change unseen, so it is opened anew. */
async function keyOf(file: string): Promise<string> {
  if (localPath(file) === undefined) return file;
  return `${file}\n${(await stampOf(file)) ?? ++unsettled}`;
}

/** Of a file on disk, unless it changed a moment ago. */
export async function stampOf(file: string): Promise<string | undefined> {
  const path = localPath(file);
  const info = path === undefined ? undefined : await stat(path, { bigint: true }).catch(() => undefined);
  return info && fileStamp(info);
}
