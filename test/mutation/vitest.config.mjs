import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

/** Pages and the full-size pass take minutes each; what they alone would notice is not counted as noticed. */
const LONG = ['browser*', 'page*', 'full-size*', 'towers-hardware*'];

export default mergeConfig(
  base,
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      exclude: [...LONG.map((name) => `test/${name}.test.ts`), 'node_modules/**'],
      setupFiles: fileURLToPath(new URL('trace.mjs', import.meta.url)),
      reporters: ['json'],
    },
  }),
);
