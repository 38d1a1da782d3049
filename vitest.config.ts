import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { textFiles } from './text-files.ts';

export default defineConfig({
  plugins: [textFiles()],
  test: {
    include: ['test/**/*.test.ts'],
    // Dawn and its software adapters use every core themselves, and a test file holds a device.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { inline: ['wgsl_reflect', /decodewasm$|\.wasm$/] } }, // named for Node, but CommonJS under a type of module; text files
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', new ClosingLine()],
  },
});
