import type { FoundFile } from './dropped-files.ts';

interface LocatedImage {
  readonly image: FoundFile;
  readonly path: readonly string[];
}

/** Images by the paths that a table names them by. */
export class ImagePaths {
  readonly #images: readonly LocatedImage[];
  readonly #byName = new Map<string, LocatedImage[]>();
  readonly #shared: number;

  constructor(images: readonly FoundFile[]) {
    this.#images = images.map((image) => ({ image, path: segments(image.path) }));
    for (const located of this.#images) {
      const name = located.path.at(-1) ?? '';
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), located]);
    }
    this.#shared = sharedFolders(this.#images.map(({ path }) => path));
  }

  /** Each with its path below the folder that all of them lie in. */
  get all(): { readonly id: string; readonly image: FoundFile }[] {
    return this.#images.map(({ image, path }) => ({ id: path.slice(this.#shared).join('/'), image }));
  }

  /**
   * The images that a written path may mean: the one beside the table, or those whose folders do not contradict it, as far
   * as both name folders.
   * @param folder that the table lies in
   */
  meantBy(written: string, folder: string): FoundFile[] {
    const wanted = segments(written);
    const alike = this.#byName.get(wanted.at(-1) ?? '') ?? [];
    const beside = segments(`${folder}/${written}`).join('/');
    const exact = alike.filter(({ path }) => path.join('/') === beside);
    const fitting = exact.length > 0 ? exact : alike.filter(({ path }) => fits(path, written, wanted));
    return fitting.map(({ image }) => image);
  }
}

/** A whole path may name other folders in front of the one that was dropped, whose own name then says nothing. */
function fits(path: readonly string[], written: string, wanted: readonly string[]): boolean {
  const isWhole = /^([a-z]:)?\//i.test(written);
  return isSuffix(path, wanted) || (isWhole && path.length > 2 && isSuffix(path.slice(1), wanted));
}

/** Whether two written paths may mean one image: where one of them leaves folders out. */
export function mayBeSame(a: string, b: string): boolean {
  return isSuffix(segments(a), segments(b));
}

function segments(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

/** Whether the shorter of two paths is the end of the other. */
function isSuffix(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(-length).join('/') === b.slice(-length).join('/');
}

/** How many folders all paths begin with. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  let count = 0;
  while (
    count < first.length - 1 &&
    paths.every((path) => path.length > count + 1 && path[count] === first[count])
  )
    count += 1;
  return count;
}
