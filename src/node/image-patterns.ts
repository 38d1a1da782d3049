import { isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { NoMatchError } from './errors.ts';

/** Whether a shell would expand this. A path on Windows may have backslashes, elsewhere they escape. */
export function isPattern(path: string): boolean {
  return isDynamicPattern(forwardSlashes(path));
}

/**
 * What a shell would make of a pattern (`*`, `?`, `[...]`, `{a,b}`, and `**` for the files of all folders below), in no
 * particular order. Hidden files match only where the pattern names the dot.
 * @throws {NoMatchError}
 */
export async function matchesOf(pattern: string): Promise<string[]> {
  const found = await glob(forwardSlashes(pattern), {
    absolute: isAbsolute(pattern),
    expandDirectories: false,
    onlyFiles: pattern.includes('**'),
  });
  if (found.length === 0) throw new NoMatchError(pattern);
  return found.map((path) => path.replace(/\/$/, '')); // directories end in a slash
}

function forwardSlashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
