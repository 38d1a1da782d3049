import { basename } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../errors.ts';
import { shortPath } from '../provenance.ts';

/** Names separated by commas. */
export function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names separated by commas.');
  return names;
}

/**
 * The names of several models: those given, or else their own.
 * @throws {UsageError} for another number of names, or names that are not different
 */
export function modelNames(given: readonly string[] | undefined, own: readonly string[]): readonly string[] {
  if (given && given.length !== own.length) {
    throw new UsageError(`--names: ${given.length} names for ${own.length} models; give one for each`);
  }
  const names = given ?? own;
  if (new Set(names).size < names.length) {
    throw new UsageError(
      `models need different names, not ${names.join(', ')}; pass --names, such as --names a,b`,
    );
  }
  return names;
}

/** The folders' own names, or where two are alike their paths. */
export function folderNames(folders: readonly string[]): string[] {
  const names = folders.map((folder) => basename(folder));
  return new Set(names).size === names.length ? names : folders.map(shortPath);
}
