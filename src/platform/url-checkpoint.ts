import type { ByteSource, FileDirectory } from './files.ts';
import { rootOf, urlOf } from './url-files.ts';

/** The endings of weights files of any name. */
const WEIGHTS = /\.(?:safetensors|safetensors\.index\.json|bin|bin\.index\.json|pt|pth|ckpt)$/i;

/** Whether a name is one of weights, by its ending. */
export function isWeightsName(name: string): boolean {
  return WEIGHTS.test(name);
}

/**
 * A checkpoint behind a URL: that of its directory, or of its weights file with what lies beside it.
 * @param open opens a URL; undefined where there is nothing
 */
export function urlCheckpoint(
  base: string | URL,
  open: (url: string) => Promise<ByteSource | undefined>,
): FileDirectory {
  const url = new URL(base);
  const weights = url.pathname.split('/').at(-1) ?? '';
  if (!isWeightsName(weights)) {
    const root = rootOf(url);
    return { name: root.href, open: (file) => open(urlOf(root, file)) };
  }
  const folder = new URL(url);
  folder.pathname = url.pathname.slice(0, -weights.length);
  return { name: url.href, weights: decodeURIComponent(weights), open: (file) => open(urlOf(folder, file)) };
}
