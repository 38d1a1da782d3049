import { defineConfig } from 'tsdown';
import { wgsl } from '../../wgsl.ts';

/** `tsdown --config weights/training/tsdown.config.ts && node out/evaluate/evaluate.js [model directory]` */
export default defineConfig({
  entry: { evaluate: 'evaluate.ts' },
  format: 'esm',
  platform: 'node',
  outDir: '../../out/evaluate',
  plugins: [wgsl()],
  dts: false,
  clean: true,
  fixedExtension: false,
});
