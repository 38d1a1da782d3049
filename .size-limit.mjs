// What an import costs a page, minified and not compressed, with all that it may load later but the codecs, which come with
// the first image of their format and are listed by themselves: `npm run size`, after a build.
const CODECS = [
  ['openjpeg', 385],
  ['charls', 225],
  ['libjpeg-turbo', 435],
];

const modifyEsbuildConfig = (config) => ({
  ...config,
  logLevel: 'error',
  external: [...(config.external ?? []), ...CODECS.map(([codec]) => `*/${codec}.js`)],
  loader: { '.safetensors': 'file', '.json': 'file', '.txt': 'file' }, // the embedded model's files stay files
});

const LIMITS = [
  ['index', '{ similarityMatrix }', 118],
  ['index', '{ tsne }', 163],
  ['index', '{ modalityGap }', 109],
  ['index', '{ embeddingQuality }', 114],
  ['index', '{ fitGapClosing }', 255],
  ['index', '{ BiomedClip }', 540],
  ['plots', '{ cosineHeatmap }', 580],
  ['index', '{ readVectors }', 240],
  ['index', '*', 1385], // rows of a file are searched too
];

export default [
...LIMITS.map(([entry, imported, kilobytes]) => ({
  name: `${imported} from ${entry}`,
  path: `dist/browser/${entry}.js`,
  import: imported,
  limit: `${kilobytes} kB`,
  brotli: false,
  modifyEsbuildConfig,
})),
{ name: 'modality-map', path: 'dist/modality-map.js', limit: '1100 kB', brotli: false, modifyEsbuildConfig },
...CODECS.map(([codec, kilobytes]) => ({ name: codec, path: `dist/${codec}.js`, limit: `${kilobytes} kB`, brotli: false, modifyEsbuildConfig })),
];
