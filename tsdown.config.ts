import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'tsdown';
import { textFiles } from './text-files.ts';

/**
 * What the declarations take for given. Each merges with the whole declaration of TypeScript's `dom`, `@types/node` or
 * `@webgpu/types`, whichever a user has: a reference to one of them would clash with another, or bring `window` to Node. What
 * is named of each keeps other values out where none is there.
 */
const GLOBAL_TYPES = `/// <reference lib="esnext.disposable" />
declare global {
  interface GPUDevice { destroy(): void }
  interface ImageBitmap { readonly width: number; readonly height: number; close(): void }
  interface FileSystemDirectoryHandle { readonly kind: 'directory' }
  interface Blob { readonly size: number; readonly type: string }
  interface File extends Blob { readonly name: string }
  interface AbortSignal { readonly aborted: boolean }
  interface URL { href: string }
}`;

/**
 * Packages of which a small part is used: what is used of them goes into the built files, and what a user installs is
 * smaller by the rest. Their licences go along.
 */
const BUNDLED = [
  ...['echarts', 'zrender', 'tslib', 'nanotar', 'onnx-proto', 'protobufjs'],
  ...['openjpeg', 'charls', 'libjpeg-turbo-8bit'].map((codec) => `@cornerstonejs/codec-${codec}`),
  'jpeg-lossless-decoder-js',
  ...[
    'geotiff',
    '@petamoriken/float16',
    'pako',
    'parse-headers',
    'quick-lru',
    'web-worker',
    'xml-utils',
    'zstddec',
  ],
  ...['hub', 'xetchunk-wasm', 'blake3-jit'].map((part) => `@huggingface/${part}`),
  ...['aspromise', 'base64', 'eventemitter', 'float', 'inquire', 'pool', 'utf8'].map(
    (part) => `@protobufjs/${part}`,
  ),
];

/** What draws figures as PDF, for Node alone. */
const PDF = [
  ...['pdfkit', 'svg-to-pdfkit', 'fontkit', 'restructure', 'unicode-properties', 'unicode-trie', 'dfa'],
  ...['linebreak', 'png-js', 'fflate', 'clone', 'fast-deep-equal', 'tiny-inflate', 'base64-js', 'pako'],
  ...['@noble/ciphers', '@noble/hashes', '@swc/helpers'],
];

/** What draws `<modality-map>`, one file for pages that take it by its URL. */
const MAP = [
  ...['preact', '@preact/signals', '@preact/signals-core', 'mjolnir.js', 'earcut', '@mapbox/tiny-sdf'],
  ...['core', 'layers'].map((part) => `@deck.gl/${part}`),
  ...['core', 'engine', 'gpgpu', 'shadertools', 'webgl'].map((part) => `@luma.gl/${part}`),
  ...['core', 'polygon', 'types', 'web-mercator'].map((part) => `@math.gl/${part}`),
  ...['core', 'images', 'loader-utils', 'schema-utils', 'worker-utils'].map((part) => `@loaders.gl/${part}`),
  ...['env', 'log', 'stats'].map((part) => `@probe.gl/${part}`),
];

/** What is built once for both, as large as it is, by the file that imports it: ECharts, and codecs with their WebAssembly. */
const SHARED = [
  { name: 'echarts', source: 'src/plots/echarts.ts', importer: '/src/plots/chart.ts' },
  { name: 'openjpeg', source: 'src/image/codecs/openjpeg.ts', importer: '/src/image/codecs/jpeg2000.ts' },
  { name: 'charls', source: 'src/image/codecs/charls.ts', importer: '/src/image/codecs/jpeg-ls.ts' },
  {
    name: 'libjpeg-turbo',
    source: 'src/image/codecs/libjpeg-turbo.ts',
    importer: '/src/image/codecs/jpeg.ts',
  },
];

/** Leaves these to the files that are built of them. */
const sharedFiles = {
  name: 'shared-files',
  resolveId: (source: string, from = '') => {
    const file = SHARED.find(({ name, importer }) => source === `./${name}.ts` && from.endsWith(importer));
    return file ? { id: `../${file.name}.js`, external: 'absolute' as const } : null;
  },
};

const NOTHING = '\0nothing';

/**
 * Left out of geotiff: its own sources, which import Node (rolldown takes its `false` for browsers for a path), and its decoders of what
 * slides have otherwise decoded or never have.
 */
const partOfGeotiff = {
  name: 'part-of-geotiff',
  resolveId: {
    order: 'pre' as const,
    handler: (source: string, importer = '') =>
      importer.includes('/node_modules/geotiff/') &&
      /^(fs|https?|url|\.\/(lerc|jpeg|webimage)\.js)$/.test(source)
        ? NOTHING
        : null,
  },
  load: (id: string) => (id === NOTHING ? 'export default {};' : null),
};

/**
 * fontkit and png-js import `fs` under names of their own, and rolldown keeps the name that it happens to read first: two builds of one
 * source could differ. Apart, each has its own.
 */
const fsOfFontkit = {
  name: 'fs-of-fontkit',
  resolveId: {
    order: 'pre' as const,
    handler: (source: string, importer = '') =>
      source === 'fs' && importer.includes('/node_modules/fontkit/')
        ? { id: 'node:fs', external: true }
        : null,
  },
};

const shared = {
  format: 'esm',
  plugins: [textFiles(), sharedFiles, partOfGeotiff],
  dts: true,
  banner: { dts: GLOBAL_TYPES },
  clean: true,
  // Without this, hashes that only uploads need come along: two of its packages do not say that they have no side effects.
  treeshake: { moduleSideEffects: [{ test: /\/node_modules\/@huggingface\//, sideEffects: false }] },
  fixedExtension: false,
} satisfies UserConfig;

/**
 * A file a folder, since bundlers leave out whole files of which nothing is used, whatever these compute at their top: a
 * page that only draws a map carries no tables of text cleaning.
 */
function folderOf(id: string): string | null {
  if (id.endsWith('.d.ts')) return null; // declarations stay one file an entry
  const [, folder] =
    /\/src\/((?:metrics|image)\/\w+|[\w-]+)\//.exec(id) ??
    /\/(weights|shaders|package)(\/|\.json$)/.exec(id) ??
    [];
  return folder?.replace('/', '-') ?? null;
}

/** The files of a package that name its licence and its authors. */
function licences(name: string): { from: string; to: string; rename?: string }[] {
  const folder = `node_modules/${name}`;
  const named = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copyright)/i.test(file));
  const to = `dist/licences/${name}`;
  // Where no file does, its package.json names both; by another name, since tools take each of that one for a package.
  if (named.length === 0) return [{ from: `${folder}/package.json`, to, rename: 'package.txt' }];
  return named.map((file) => ({ from: `${folder}/${file}`, to }));
}

export default defineConfig([
  ...SHARED.map(({ name, source }) => ({
    ...shared,
    entry: { [name]: source },
    deps: { onlyBundle: BUNDLED },
    dts: false,
    platform: 'browser' as const,
    minify: true,
    plugins: [textFiles()],
    outDir: 'dist',
    clean: false, // the other builds are in folders of this one
  })),
  {
    ...shared,
    entry: { 'modality-map': 'examples/browser/src/element/index.ts' },
    deps: { onlyBundle: MAP },
    alias: {
      'biomedclip-webgpu/plots': fileURLToPath(new URL('src/plots/index.ts', import.meta.url)),
      'biomedclip-webgpu': fileURLToPath(new URL('src/index.ts', import.meta.url)),
    },
    platform: 'browser',
    minify: true,
    outDir: 'dist',
    outputOptions: { codeSplitting: false },
    clean: false,
  },
  {
    ...shared,
    entry: { index: 'src/index.ts', plots: 'src/plots/index.ts' },
    deps: { onlyBundle: BUNDLED },
    platform: 'browser',
    outDir: 'dist/browser',
    outputOptions: {
      codeSplitting: { groups: [{ name: folderOf }], includeDependenciesRecursively: false },
      chunkFileNames: '[name].js',
    },
  },
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      cli: 'bin/biomedclip-webgpu.ts',
      'queue-thread': 'src/node/queue/queue-thread.ts',
    },
    plugins: [...shared.plugins, fsOfFontkit],
    deps: { onlyBundle: [...BUNDLED, ...PDF], neverBundle: ['onnxruntime-node', '@keckelt/tsne'] },
    // fontkit's decoder of WOFF2 brings a dictionary of half a megabyte, which Node has.
    alias: { 'brotli/decompress.js': fileURLToPath(new URL('src/node/brotli.ts', import.meta.url)) },
    dts: false, // both export the same, and TypeScript under bundlers' rules asks for no platform: the browser's serve
    platform: 'node',
    outDir: 'dist/node',
    copy: [
      { from: 'bin/cli.cjs', to: 'dist/node' }, // as it is: it has to run before the first ES module
      ...[...new Set([...BUNDLED, ...PDF, ...MAP])].flatMap((name) => licences(name)),
    ],
  },
]);
