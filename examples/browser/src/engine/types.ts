import type {
  ClosingReport,
  GapReport,
  ModelInfo,
  NamedImage,
  QualityMeasureName,
  Vectors,
} from 'biomedclip-webgpu';
import type { Modality, Point } from '../session/points.ts';

/** What the page and its engine, which lives in a worker, say to each other. Everything here can be cloned. */

/** Where a model comes from: the package, a folder picked from disk, or the files of one. */
export type ModelSource = (
  | { readonly kind: 'embedded' }
  | { readonly kind: 'folder'; readonly folder: FileSystemDirectoryHandle }
  | { readonly kind: 'files'; readonly files: readonly File[] }
) & {
  /** Of its arithmetic. Default: f32. */
  readonly dtype?: 'f16' | undefined;
};

export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Of pairs: how many could be looked at. */
  readonly ready?: number;
}

export type OnProgress = (progress: Progress) => void;

/** Called with what did not work but stops nothing. @param before the message whose place it takes, if any */
export type OnWarning = (message: string, before?: string) => void;

/** What is known of a pair beside its image. */
export interface PairFacts {
  readonly id: string;
  /** Empty where it is not known, as beside embeddings without a manifest. */
  readonly caption: string;
  /** The class, from the captions file or the image's name. */
  readonly label: string;
  /** What the image is of, such as its patient, where a table says it. */
  readonly group?: string | undefined;
}

/** A pair to embed. */
export interface PairInput extends PairFacts {
  readonly image: Blob;
}

/** A pair that was embedded, here or elsewhere. */
export interface KnownPair extends PairFacts {
  /** Undefined where the embeddings alone were opened, or images were too many to keep. */
  readonly image: Blob | undefined;
  /** To look at where the image is not there; not to be embedded. */
  readonly thumbnail?: Blob | undefined;
  /** Of the image that is not there, where it is known. */
  readonly imageBytes?: number | undefined;
}

/** Where embeddings lie: what is known of the model that made them. */
export interface Space {
  /** Undefined where their file does not say it. */
  readonly name: string | undefined;
  /** Two models of one fingerprint embed alike; undefined where the file does not say it. */
  readonly fingerprint: string | undefined;
  readonly dim: number;
  readonly logitScale?: number | undefined;
}

/** By what rows were embedded here, so that the same images and captions need not be embedded again. */
export interface MadeBy {
  /** The model and the page's own program: the same of both embeds alike. */
  readonly program: string;
  /** Rows of which something was to be said, such as a caption that was cut: to be embedded, and said, again. */
  readonly remarked: { readonly images: readonly number[]; readonly texts: readonly number[] };
}

/** Embeddings of pairs: image i belongs to text i. Both `[n, D]`, of length 1. */
export interface PairVectors {
  readonly images: Vectors;
  readonly texts: Vectors;
  /** The class of each pair, where classes are known. */
  readonly labels?: readonly string[] | undefined;
  /** Undefined for what was embedded elsewhere. */
  readonly madeBy?: MadeBy | undefined;
}

export interface EmbeddedPairs extends PairVectors {
  /** Which of the inputs the rows are: those whose image could be read. */
  readonly kept: readonly number[];
  /** How many of the inputs were tried, from the first; undefined for all. */
  readonly tried?: number;
  /** Of those that could not, a message each. */
  readonly skipped: readonly string[];
  /** How many captions were cut to the model's context. */
  readonly truncated: number;
  /** Euclidean, within each pair: `[n]` */
  readonly distances: Float32Array;
  /** Of how many pairs image and text were known from before, and not embedded again. */
  readonly known?: number;
}

/** Files of embeddings: one of both modalities, or one of each, with what `embed` wrote of them. */
export type SavedFiles =
  | { readonly kind: 'one'; readonly file: File }
  | {
      readonly kind: 'two';
      readonly images: File;
      readonly texts: File;
      readonly manifest: File | undefined;
    };

/** Files that embeddings are saved as. */
export type SavedFormat = 'npz' | 'parquet';

/** What goes into a file of embeddings beside them. */
export interface SavingFacts {
  readonly format: SavedFormat;
  readonly pairs: readonly PairFacts[];
  readonly space: Space;
  /** On which they were embedded. */
  readonly adapter: string;
  /** As the pairs are shown, with the name of that; undefined for as the model embedded them. */
  readonly closed: { readonly shown: Shown; readonly name: string } | undefined;
}

/** Pairs that were embedded before, as their files say. */
export interface SavedVectors {
  readonly vectors: PairVectors;
  readonly space: Space;
  /** One a row, with the path of the image that was embedded. */
  readonly pairs: readonly (PairFacts & { readonly path: string | undefined })[];
  /** What people should know of them. */
  readonly notes: readonly string[];
}

/** The pairs of an embedding that was stopped. @see EmbeddedPairs */
export type EmbeddedBefore = Pick<EmbeddedPairs, 'images' | 'texts' | 'madeBy' | 'kept'>;

/** A model to load, pairs to embed, or both. */
export interface Wanted {
  readonly source: ModelSource;
  /** Whether it is another model than the one that is there, if there is one. */
  readonly isOther: boolean;
  readonly pairs: readonly PairInput[];
  /** Of pictures beyond 8 bits, of pairs and of queries; undefined for as the file says. */
  readonly window: WindowChoice | undefined;
  /** What is known of the same pairs by the same window. */
  readonly before?: EmbeddedBefore | undefined;
}

/** What is ready to take the place of what is open. */
export interface Prepared {
  /** By which it is adopted. */
  readonly ticket: number;
  readonly info: ModelInfo;
  /** Undefined without pairs. */
  readonly embedded: EmbeddedPairs | undefined;
}

/** How the embeddings are shown: as they are, closed as far as the sliders say, or closed by what was trained or loaded. */
export type Shown =
  | { readonly kind: 'raw' }
  | { readonly kind: 'sliders'; readonly means: number; readonly shapes: number }
  | { readonly kind: 'kept'; readonly name: string; readonly version: number };

/** A closing that was trained or loaded, with its file. */
export interface KeptClosing {
  readonly report: ClosingReport;
  readonly bytes: Uint8Array;
}

/** The steps of a head that are done, and the losses since the last news. */
export interface TrainingProgress {
  readonly done: number;
  readonly total: number;
  readonly losses: readonly number[];
}

export type OnTraining = (progress: TrainingProgress) => void;

/** Measures of `embeddingQuality`, without intervals. */
export interface Figures {
  readonly values: Partial<Record<QualityMeasureName, number>>;
  /** Of the distribution gap: what so few pairs leave by chance. */
  readonly floor: number;
}

/** What each pair is among the others, as the pairs are shown: all `[n]`. */
export interface PairFigures {
  /** Between its image and its caption. */
  readonly cosine: Float32Array;
  /** Place of its own caption for its image, from 1: captions that are as near do not beat it. */
  readonly captionRank: Uint32Array;
  /** Place of its own image for its caption, likewise. */
  readonly imageRank: Uint32Array;
  /** Pair whose caption is nearest to its image, if nearer than its own; else -1. */
  readonly beatingCaption: Int32Array;
  /** 1 - cosine to the ten nearest other images in the mean. */
  readonly imageDistance: Float32Array;
  /** 1 - cosine to the ten nearest other captions in the mean. */
  readonly captionDistance: Float32Array;
  /** Pair whose image is nearly the same (cosine of 0.99 or more), or -1. */
  readonly twins: Int32Array;
}

/** Embeddings to compare, with the name that the result has for them. */
export interface ComparedSide {
  readonly name: string;
  readonly vectors: PairVectors;
}

export interface CompareOptions {
  /** How B, the open pairs, is shown. */
  readonly shown: Shown;
  /** Whether differences get bootstrap intervals; a closing that was fitted on the same pairs makes them wrong. */
  readonly hasIntervals: boolean;
}

/** A statistic of the gap in both of two embeddings. */
export interface ComparedStatistic {
  readonly name: string;
  readonly title: string;
  readonly first: number;
  readonly second: number;
  /** second - first, with its 95 % bootstrap interval, NaN where there is none. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** Two embeddings of the same pairs. */
export interface Comparison {
  readonly statistics: readonly ComparedStatistic[];
  readonly a: PairFigures;
  readonly b: PairFigures;
}

/** How pairs follow each other: as they were given, clusters together, or by the cosine within each, the highest first. */
export type PairOrder = 'given' | 'cluster' | 'similarity';

/** Cosines of s images and then their s texts, `[2s, 2s]`. */
export interface CosineMatrix {
  /** Their s pairs, in the order of the rows. */
  readonly pairs: readonly number[];
  readonly values: Float32Array;
  /** Of a colour scale for any of the open pairs, however they are shown: nearly all cosines lie within, as embedded. */
  readonly limits: readonly [number, number];
}

export interface MapOptions {
  readonly perplexity: number;
  /** Where the points start, `[2n, 2]`, to settle from there; otherwise by principal components. */
  readonly init?: Float32Array | undefined;
  /** A map of the first m pairs, `[2m, 2]`, about which a whole descent starts. */
  readonly around?: Float32Array | undefined;
}

export interface MapStep {
  readonly iteration: number;
  /** KL(P || Q) as it was at most 50 iterations ago; undefined before that. */
  readonly klDivergence: number | undefined;
  /** `[2n, 2]`: images, then texts. */
  readonly embedding: Float32Array<ArrayBuffer>;
}

/** All points along their first two principal components. */
export interface PrincipalMap {
  /** `[2n, 2]`: images, then texts. */
  readonly embedding: Float32Array<ArrayBuffer>;
  /** The share of the variance along each. */
  readonly explained: readonly [number, number];
}

/** A map as it lies, by which a new point finds its place. */
export interface MapPlaces {
  /** `[2n, 2]`: images, then texts. */
  readonly embedding: Float32Array;
  readonly perplexity: number;
}

/** Points where a map shows them, with what is said of them. */
export interface PlacedPoints {
  /** The side of the square in whose middle the origin lies. */
  readonly side: number;
  /** `[m, 2]` */
  readonly places: Float32Array;
  /** The pair of each point: `[m]` */
  readonly pairs: readonly number[];
  /** Of all pairs. */
  readonly captions: readonly string[];
}

/** A closed line of equal density. */
export interface ContourLine {
  /** Of the highest density, 0 to 1. */
  readonly level: number;
  readonly ring: readonly (readonly [number, number])[];
}

/** A part of a map where points lie densely. */
export interface DenseRegion {
  /** The words most typical of its captions; empty without captions. */
  readonly name: string;
  readonly points: number;
  readonly at: readonly [number, number];
}

export interface MapRegions {
  readonly lines: readonly ContourLine[];
  /** The largest first. */
  readonly regions: readonly DenseRegion[];
}

/** What is near to a query. */
export interface Neighbour {
  readonly point: Point;
  readonly cosine: number;
}

export interface Neighbours {
  readonly images: readonly Neighbour[];
  readonly texts: readonly Neighbour[];
}

export type Query =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly image: Blob; readonly name: string };

/** A query as the model embedded it. */
export interface QueryVector {
  readonly kind: Modality;
  /** `[1, D]` */
  readonly vector: Vectors;
}

export interface LabelScore {
  readonly label: string;
  readonly cosine: number;
  readonly probability: number;
}

/** An image to embed beside the pairs. */
export interface NamedFile {
  readonly name: string;
  readonly image: Blob;
  /** Its right label; empty where it is not known. */
  readonly truth: string;
}

/** An image with the label that fits it best. */
export interface LabelledImage {
  readonly name: string;
  /** Its right label, where it is known. */
  readonly truth: string | undefined;
  readonly label: string;
  readonly probability: number;
}

/** A value with its 95 % bootstrap interval. */
interface Measure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface LabelBatchReport {
  /** Images whose right label is among the labels; the others are not judged. */
  readonly items: number;
  readonly accuracy: Measure;
  readonly balancedAccuracy: Measure;
  /** `[K][K]`: images by their right label (rows) and the answer (columns). */
  readonly confusion: readonly (readonly number[])[];
}

/** Many images, each with its label. */
export interface LabelBatch {
  readonly labels: readonly string[];
  /** One an image that could be read. */
  readonly answers: readonly LabelledImage[];
  /** Undefined where no right label is known. */
  readonly report: LabelBatchReport | undefined;
  /** Of images that could not be read, a message each. */
  readonly skipped: readonly string[];
}

export type WindowChoice = NonNullable<NamedImage['window']>;

export type { ClosingReport, GapReport, ModelInfo, Vectors };
