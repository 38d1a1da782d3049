import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Vectors } from '../src/metrics/vectors.ts';
import type { PeerMap } from './exact-tsne-peer.ts';
import { PeerMissingError } from './peer-errors.ts';

/** The part of embedding-atlas' UMAP that is used: its default number of epochs is run. */
interface Umap {
  readonly embedding: Float32Array;
  run(): Promise<void>;
  destroy(): void;
}
interface UmapModule {
  createUMAP(
    count: number,
    inputDim: number,
    outputDim: number,
    data: Float32Array,
    options: { readonly metric: 'euclidean'; readonly seed: number },
  ): Promise<Umap>;
}

/**
 * The UMAP of npm's embedding-atlas: WebAssembly, one thread, its own approximate neighbours and default options. Its
 * entry point needs browser packages (@uwdata/vgplot, svelte), so it is no dependency here; the UMAP is a separate file
 * without dependencies.
 * @throws {PeerMissingError}
 */
export async function embeddingAtlasUmap(x: Vectors): Promise<PeerMap> {
  const { createUMAP } = await load();
  const start = performance.now();
  const umap = await createUMAP(x.rows, x.dim, 2, x.data, { metric: 'euclidean', seed: 0 });
  try {
    await umap.run();
    return { embedding: umap.embedding.slice(), seconds: (performance.now() - start) / 1000 };
  } finally {
    umap.destroy();
  }
}

async function load(): Promise<UmapModule> {
  const install = 'npm install --no-save --legacy-peer-deps embedding-atlas';
  const file = found(join('node_modules', 'embedding-atlas', 'dist', 'umap.js'));
  try {
    if (!file) throw new Error(`no node_modules/embedding-atlas/dist/umap.js above ${process.cwd()}`);
    return (await import(pathToFileURL(file).href)) as UmapModule;
  } catch (cause) {
    throw new PeerMissingError('embedding-atlas', install, cause);
  }
}

/** The package's `exports` name its entry point only, so the file is looked for where Node would. */
function found(path: string): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, path))) return join(folder, path);
    if (folder === dirname(folder)) return undefined;
  }
}
