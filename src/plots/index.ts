/** The pictures of a study, as SVG text: the same in Node and in a page. `import ... from 'biomedclip-webgpu/plots'` */
export type { ReliabilityBin } from '../metrics/evaluation/report.ts';
export type { Figure, TitleOption } from './chart.ts';
export { type ClosingFrontInput, closingFront, type FrontPoint } from './closing-front.ts';
export { type ConfusionMatrixInput, confusionMatrix } from './confusion-matrix.ts';
export { cosineHeatmap, type HeatmapInput } from './heatmap.ts';
export { type HistogramInput, quadrantHistograms } from './histograms.ts';
export type { Quadrant } from './quadrants.ts';
export { type ReliabilityInput, reliabilityDiagram } from './reliability-diagram.ts';
export { type TemperaturePoint, type TemperatureSweepInput, temperatureSweep } from './temperature-sweep.ts';
export { CLASS_HUES, paint, type Theme, themeDeclarations } from './theme.ts';
export { type TsneMapInput, tsneMap } from './tsne-map.ts';
export { viridis } from './viridis.ts';
