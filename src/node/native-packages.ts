import { NativePackageError } from '../platform/errors.ts';

/**
 * A package with native code, which is loaded when it is needed first: a program that only computes, or that brings its
 * own device, starts without it and runs where it does not. The import stands where it is used, so that a bundler finds
 * in the library none that only the command line needs. Bundlers are told to leave out what they cannot take: webpack a
 * binary, Turbopack a path that is known at run time only (`sharp` it keeps outside by itself).
 * @throws {NativePackageError}
 */
export async function loadNative<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { platform, arch } = process;
    throw new NativePackageError(name, purpose, `${platform} ${arch}`, { cause });
  }
}
