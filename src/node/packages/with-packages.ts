import { MissingPackageError } from './errors.ts';

/**
 * Imports what needs packages that are installed on request.
 * @throws {MissingPackageError} that says what to install
 */
export async function withPackages<T>(
  command: string,
  packages: readonly string[],
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (missing && packages.some((name) => cause.message.includes(`'${name}`))) {
      throw new MissingPackageError(command, packages, { cause });
    }
    throw cause;
  }
}
