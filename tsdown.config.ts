import { defineConfig } from 'tsdown';
import { wgsl } from './wgsl.ts';

export default defineConfig([
  {
    entry: { index: 'src/index.ts' },
    platform: 'browser',
    plugins: [wgsl()],
    dts: true,
    clean: true,
    outDir: 'dist/browser',
  },
  {
    entry: { index: 'src/node/index.ts', cli: 'src/node/cli.ts' },
    platform: 'node',
    plugins: [wgsl()],
    dts: true,
    clean: true,
    outDir: 'dist/node',
  },
]);
