import { defineConfig } from 'tsdown';
import { textFiles } from '../../text-files.ts';

/** `tsdown --config weights/training/tsdown.config.ts && node out/evaluate/evaluate.js [model directory]` */
export default defineConfig({
  entry: { evaluate: 'evaluate.ts' },
  format: 'esm',
  platform: 'node',
  outDir: '../../out/evaluate',
  plugins: [textFiles()],
  dts: false,
  clean: true,
  fixedExtension: false,
});
