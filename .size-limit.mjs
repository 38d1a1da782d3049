// What an import costs a page, minified and not compressed, with all that it may load later: `npm run size`, after a build.
const modifyEsbuildConfig = (config) => ({
  ...config,
  logLevel: 'error',
  loader: { '.safetensors': 'file', '.json': 'file', '.txt': 'file' }, // the embedded model's files stay files
});

const LIMITS = [
  ['index', '{ similarityMatrix }', 76],
  ['index', '{ tsne }', 140],
  ['index', '{ modalityGap }', 106],
  ['index', '{ embeddingQuality }', 110],
  ['index', '{ fitGapClosing }', 255],
  ['index', '{ BiomedClip }', 1540],
  ['plots', '{ cosineHeatmap }', 580],
  ['index', '*', 1860],
];

export default LIMITS.map(([entry, imported, kilobytes]) => ({
  name: `${imported} from ${entry}`,
  path: `dist/browser/${entry}.js`,
  import: imported,
  limit: `${kilobytes} kB`,
  brotli: false,
  modifyEsbuildConfig,
}));
