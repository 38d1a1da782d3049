import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { viteStaticCopy } from 'vite-plugin-static-copy';
import { textFiles } from '../../text-files.ts';
import { contentSecurityPolicy } from './build/content-security-policy.ts';
import { precache } from './build/precache.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const library = here('../../src/');

/** The page. Paths are relative, so that the build works from any folder of any static server. */
export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: [
      { find: /^biomedclip-webgpu$/, replacement: here('../../src/index.ts') },
      { find: /^biomedclip-webgpu\/plots$/, replacement: here('../../src/plots/index.ts') },
    ],
  },
  plugins: [
    textFiles(),
    viteStaticCopy({
      targets: [{ src: '../biomed/*', dest: 'examples' }],
    }),
    contentSecurityPolicy(),
    precache('sw.js', '.safetensors'),
  ],
  // All that the worker needs is found before the page is opened: found later, it would reload the page.
  optimizeDeps: { entries: ['index.html', 'src/engine/engine-worker.ts'] },
  worker: { format: 'es', plugins: () => [textFiles()] },
  build: {
    outDir: here('../../out/page'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 1200, // deck.gl and echarts, each fetched when it is wanted
    rolldownOptions: {
      // Of the library the page itself takes the plots' colours and the list of statistics; the rest is the worker's, and
      // echarts comes with the first picture that is saved.
      treeshake: { moduleSideEffects: (id) => !id.startsWith(library) },
      input: {
        index: here('index.html'),
        sw: here('service-worker/service-worker.ts'),
        'modality-map': here('src/element/index.ts'),
      },
      preserveEntrySignatures: 'exports-only', // what imports the element by its URL takes its exports
      output: {
        entryFileNames: ({ name }) =>
          ['sw', 'modality-map'].includes(name) ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
});
