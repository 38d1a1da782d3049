import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { textFiles } from './text-files.ts';

export default defineConfig({
  plugins: [textFiles()],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/page/page-folder.ts'],
    // Two, however many cores there are: a software adapter uses all of them, but half of a file's time is not its work.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 240_000,
    hookTimeout: 240_000,
    server: { deps: { inline: ['wgsl_reflect', /decodewasm$|\.wasm$/] } }, // named for Node, but CommonJS under a type of module; text files
    expect: { poll: { timeout: 60_000 } },
    coverage: {
      include: ['weights/*.ts', 'src/image/headers/*.ts', 'src/text/*.ts'],
      reporter: ['text', 'text-summary'],
      reportsDirectory: 'out/coverage',
      thresholds: { branches: 100 },
    },
    reporters: ['default', new ClosingLine()],
  },
});
