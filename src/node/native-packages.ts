import { NativePackageError } from '../platform/errors.ts';

// Packages with native code are loaded when they are needed first: a program that only computes, or that brings its own
// device, starts without them and runs where they do not.

/** Dawn, WebGPU outside browsers. @throws {NativePackageError} */
export const loadDawn = () => loaded('webgpu', 'WebGPU in Node', () => import('webgpu'));

/** What decodes images. @throws {NativePackageError} */
export const loadSharp = async () =>
  (await loaded('sharp', 'decoding images', () => import('sharp'))).default;

/** What draws SVG as PNG. @throws {NativePackageError} */
export const loadResvg = () =>
  loaded('@resvg/resvg-js', 'drawing figures as PNG', () => import('@resvg/resvg-js'));

async function loaded<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { platform, arch } = process;
    throw new NativePackageError(name, purpose, `${platform} ${arch}`, { cause });
  }
}
