import { defineConfig, type UserConfig } from 'tsdown';
import { textFiles } from './text-files.ts';

/**
 * What the declarations take for given, so that a user's tsconfig need not name it. `GPUDevice` comes from TypeScript 6
 * or `@webgpu/types`, which clash; this declaration merges with either.
 */
const GLOBAL_TYPES = `/// <reference lib="dom" />
/// <reference lib="esnext.disposable" />
declare global { interface GPUDevice {} }`;

const shared = {
  format: 'esm',
  plugins: [textFiles()],
  dts: true,
  banner: { dts: GLOBAL_TYPES },
  clean: true,
  fixedExtension: false,
} satisfies UserConfig;

/**
 * A file a folder, since bundlers leave out whole files of which nothing is used, whatever these compute at their top: a
 * page that only draws a map carries no tables of text cleaning.
 */
function folderOf(id: string): string | null {
  if (id.endsWith('.d.ts')) return null; // declarations stay one file an entry
  const [, folder] = /\/src\/(metrics\/\w+|\w+)\//.exec(id) ?? /\/(weights|shaders)\//.exec(id) ?? [];
  return folder?.replace('/', '-') ?? null;
}

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', plots: 'src/plots/index.ts' },
    platform: 'browser',
    outDir: 'dist/browser',
    outputOptions: {
      codeSplitting: { groups: [{ name: folderOf }], includeDependenciesRecursively: false },
      chunkFileNames: '[name].js',
    },
  },
  {
    ...shared,
    entry: { index: 'src/node/index.ts', cli: 'bin/biomedclip-webgpu.ts' },
    deps: { neverBundle: ['onnxruntime-node', '@keckelt/tsne'] },
    platform: 'node',
    outDir: 'dist/node',
  },
]);
