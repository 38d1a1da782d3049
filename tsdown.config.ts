import { defineConfig, type UserConfig } from 'tsdown';
import { textFiles } from './text-files.ts';

const shared = {
  format: 'esm',
  plugins: [textFiles()],
  dts: true,
  clean: true,
  fixedExtension: false,
} satisfies UserConfig;

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', plots: 'src/plots/index.ts' },
    platform: 'browser',
    outDir: 'dist/browser',
  },
  {
    ...shared,
    entry: { index: 'src/node/index.ts', cli: 'src/node/cli.ts' },
    deps: { neverBundle: ['onnxruntime-node', '@keckelt/tsne'] },
    platform: 'node',
    outDir: 'dist/node',
  },
]);
