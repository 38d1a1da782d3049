import type { ClosingMaps, ClosingMethod, ClosingReport } from './closing-data.ts';
import type { OptionalFeature } from './device/adapter.ts';
import type { Toggle } from './device/toggles.ts';
import type { Embeddings, TokenStates } from './embeddings.ts';
import type { BiomedClipError } from './errors.ts';
import type { ImagePlane } from './image/decode-options.ts';
import type { ImageSource, WindowChoice } from './image/source.ts';

/**
 * Where a checkpoint lies: its directory, or its weights file. In Node: a path, or a URL (`file:`, or of a server that
 * answers Range requests). In a browser: a URL, relative to the page; a handle as `showDirectoryPicker` or a drop gives it;
 * or the files themselves, as `<input type="file" webkitdirectory>`, `<input type="file" multiple>` or a drop gives them.
 */
export type CheckpointSource = string | URL | FileSystemDirectoryHandle | File | Iterable<File>;

/**
 * How weights are stored on the GPU: in 32 bits, in 16, or matrices in 8 (int8 with a scale for each row, the rest in
 * 16). Activations, accumulation and statistics are f32 in each.
 */
export type Dtype = 'f32' | 'f16' | 'q8';

/** How a checkpoint is loaded, and onto which device. */
export interface LoadOptions {
  /**
   * Of the weights on the GPU: `f16` takes half the memory, `q8` a quarter. Default `f32`, or `q8` of a checkpoint that
   * `convert --dtype q8` wrote.
   */
  readonly dtype?: Dtype;
  /**
   * Which towers are loaded: a page that searches images by text needs `text` alone, and reads no more of the file.
   * Inputs of the other kind are a `TowerNotLoadedError` then. Default `both`.
   */
  readonly towers?: 'both' | 'image' | 'text';
  /**
   * `software`, `lavapipe`, `swiftshader`, a part of a GPU's name, or `#1` for that of index 1 in `doctor`'s list (Node only).
   * Default: the best there is.
   */
  readonly adapter?: string;
  /** A device of the caller's, used instead of `adapter`; it is not destroyed with the model. Default: one of its own. */
  readonly device?: GPUDevice;
  /** Dawn features to switch on, or with a leading `-` off (Node only). Default: none. */
  readonly toggles?: readonly Toggle[];
  /** Optional WebGPU features to do without. Default: none. */
  readonly withoutFeatures?: readonly OptionalFeature[];
  /** Keep what is downloaded for the next load: in browsers, and in Node of models by name. Default true. */
  readonly cache?: boolean;
  /**
   * The configuration, in place of the one beside the weights: the path or URL of an `open_clip_config.json` or of
   * transformers' `config.json`, a Blob of one, or the object in it. The tokenizer's files are then looked for beside the
   * weights, and where there are none beside the configuration. Default: what lies beside the weights.
   * Source: open_clip's and transformers' files.
   */
  readonly config?: string | URL | Blob | Readonly<Record<string, unknown>>;
  /** Of a model by name: a branch, a tag or a commit hash. Default `main`; `org/name@revision` says the same. */
  readonly revision?: string;
  /** Of a model by name: where the hub is. Default: as huggingface_hub's environment variables say. Source: huggingface_hub. */
  readonly hub?: HubOptions;
  /**
   * Pixels a side of the images that the model sees, at least its patch and a multiple of it, if it shall be others than
   * the checkpoint's: the positions are interpolated as open_clip's `force_image_size` does it, bicubic with
   * antialiasing. Embeddings are others then, and so is `info.fingerprint`. Default: the checkpoint's.
   * Unit: pixels. Source: open_clip's `force_image_size`.
   */
  readonly imageSize?: number;
  /**
   * Closes the modality gap of all embeddings, fitted by `fitGapClosing` on embeddings of this checkpoint. Rows have
   * length 1 then, and `info` says what it is. Default: none.
   */
  readonly closing?: { readonly maps: ClosingMaps; readonly report: ClosingReport };
  /**
   * What a call does whose device is lost (a driver's reset, a browser's crashed GPU process), or was lost before it: `reload`
   * loads the model on a new device, from where it was loaded, and makes the call once more; `onWarning` gets a
   * `ModelReloadedError`, and `info.adapter` may be another. `error` ends it, and all later ones, in a `DeviceLostError`.
   * Default `reload`, and `error` with a `device` of the caller's.
   */
  readonly onDeviceLost?: 'reload' | 'error';
  /** Called as kernels are tuned, where this adapter was not tuned for yet, and then as weights are uploaded. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /**
   * Called with what does not stop the load but may make the model another one than was meant: a `NotCachedError` where
   * nothing can be kept, a `WeightsPassedOverError` where a weights file cannot be read and another is taken, an
   * `OtherStateDictError` where a file holds other weights too, an `UnknownFieldsError`, `UnusualModelError` or
   * `UnexpectedTensorsError` of a checkpoint that open_clip would refuse, a `QuickGeluNameError`, `AssumedBertError` or
   * `PreprocessorNotFoundError` where the configuration leaves something open, a `TokenizerNameError` or
   * `ShortVocabularyError` where the tokenizer may not be the model's, a `HubNotAskedError` or `HubUnknownFilesError`
   * where a model by name is loaded without the network; later a `ModelReloadedError` after a lost device.
   * Default: a message on the console.
   */
  readonly onWarning?: (warning: BiomedClipError) => void;
  /** Ends the load in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
}

/** Where models are loaded from by name. What is left open is as huggingface_hub's environment variables say in Node. */
export interface HubOptions {
  /** Default `HF_ENDPOINT`, else `https://huggingface.co`. */
  readonly endpoint?: string;
  /** For private and gated models. Default `HF_TOKEN`, else what `hf auth login` has stored. */
  readonly token?: string;
  /** Node only. Default `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`: Python's. */
  readonly cacheFolder?: string;
}

/** How far a load is. */
export interface LoadProgress {
  /** `download` of a model by name; `tuning` on an adapter that was not tuned for yet; then `weights`. */
  readonly stage: 'download' | 'weights' | 'tuning';
  /** Of `total`, so far. */
  readonly done: number;
  /** In bytes for a download and for weights, in kernels for tuning. */
  readonly total: number;
}

/** An image with a name for its row, and which picture of a file is meant. */
export interface NamedImage {
  /** The name of its row in `ids`. Default: its index among the inputs. */
  readonly id?: string;
  /** The image itself: a path, a URL, bytes, a reader or decoded pixels. */
  readonly source: ImageSource;
  /** The values to show of 16-bit grey, DICOM and volumes. Default: the file's own window where it has one, else 0 to 65,535. */
  readonly window?: WindowChoice;
  /**
   * Counted from 1: the frame of a DICOM file, the page of a TIFF, the slice of a volume. Default: the first, of a volume
   * the middle one; a warning says where there are others. Unit: none.
   */
  readonly frame?: number;
  /** The plane of a volume's slice. Default: axial. */
  readonly plane?: ImagePlane;
}

/** A text with a name for its row. */
export interface NamedText {
  /** The name of its row in `ids`. Default: its index among the inputs. */
  readonly id?: string;
  /** The text itself, cleaned as open_clip does it and cut to the context length. */
  readonly text: string;
}

/** What to embed. Images and texts need not be pairs. */
export interface EmbedInputs {
  /** In any number and order. Default: none. */
  readonly images?: readonly (ImageSource | NamedImage)[];
  /** In any number and order, the empty text too. Default: none. */
  readonly texts?: readonly (string | NamedText)[];
}

/** How inputs are embedded. */
export interface EmbedOptions {
  /**
   * The most images or texts in one GPU pass, at least 1. Default: 8 images, and texts of about 2,048 tokens together (512 on
   * software adapters); the token limit holds whatever `batchSize` is. Lowered where the device's buffers are too
   * small.
   * Unit: images or texts.
   */
  readonly batchSize?: number;
  /** L2-normalise the rows. Default true. */
  readonly normalize?: boolean;
  /** `tokens` gives each token's final state besides the embedding. Default `embedding`. */
  readonly output?: 'embedding' | 'tokens';
  /**
   * What happens to an input that cannot be read or whose output is not finite: `fail` (the default) ends the call,
   * `skip` lists it in `skipped`.
   */
  readonly onError?: 'fail' | 'skip';
  /** Called after each GPU pass. */
  readonly onProgress?: (progress: EmbedProgress) => void;
  /**
   * Called with what may spoil the results: an `UnusedBitsError` where 16-bit images come out nearly black, an
   * `OtherFramesError` where a file has several pictures. Default: a message on the console.
   */
  readonly onWarning?: (warning: BiomedClipError) => void;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
}

/** How far a call of `embedBatch` is. */
export interface EmbedProgress {
  /** Which tower is at work. */
  readonly kind: 'image' | 'text';
  /** Inputs of this kind that are embedded or skipped. */
  readonly done: number;
  /** All inputs of this kind. */
  readonly total: number;
}

/** An input that was left out under `onError: 'skip'`. */
export interface SkippedInput {
  /** Whether it is an image or a text. */
  readonly kind: 'image' | 'text';
  /** Its place among the inputs of its kind. */
  readonly index: number;
  /** Its id, or its index as text. */
  readonly id: string;
  /** Why it was left out. */
  readonly error: Error;
}

/** Embeddings of images and texts in one space. */
export interface EmbedResult {
  /** `[images, D]`, without those that were skipped. */
  readonly images: Embeddings;
  /** `[texts, D]`, without those that were skipped. */
  readonly texts: Embeddings;
  /** Inputs that were left out under `onError: 'skip'`; else empty. */
  readonly skipped: readonly SkippedInput[];
  /** Indices of the texts that were longer than the context and were cut. */
  readonly truncated: readonly number[];
}

/** Embeddings, and the states of the tokens that they were pooled from. */
export interface EmbedTokensResult extends EmbedResult {
  /** Patches of the image tower, the class token first: width 768 in BiomedCLIP. */
  readonly imageTokens: TokenStates;
  /** Tokens of the text tower, [CLS] first: width 768 in BiomedCLIP. */
  readonly textTokens: TokenStates;
}

/** What a loaded model is, and where it runs. */
export interface ModelInfo {
  /** The checkpoint's directory or URL, or of a model by name `org/name`. */
  readonly name: string;
  /** The commit hash of a model by name, which pins it as `revision`; undefined for others. */
  readonly revision?: string;
  /**
   * SHA-256 of what the checkpoint holds, 64 hexadecimal digits: weights as they are stored, configuration and tokenizer.
   * The same for a `.bin` and a `.safetensors` of the same weights, wherever they lie. Of one tower alone, loaded by `towers`, it
   * is of what that tower depends on, and another than the whole model's.
   */
  readonly fingerprint: string;
  /** True for seeded test models, whose results mean nothing. */
  readonly untrained: boolean;
  /** What computes the embeddings: `timm ViT` or `open_clip ViT`, and `BERT` or `CLIP`; of one tower alone, that one. */
  readonly towers: { readonly image?: string; readonly text?: string };
  /** How its weights are stored on the GPU. */
  readonly dtype: Dtype;
  /** The adapter's readable name, with its driver. */
  readonly adapter: string;
  /** The GPU or software adapter as WebGPU names it. */
  readonly device: string;
  /** How the gap of the embeddings was closed; undefined for embeddings as the checkpoint gives them. */
  readonly closing?: { readonly method: ClosingMethod; readonly strength?: number };
  /** D, the length of an embedding. */
  readonly embedDim: number;
  /** S, the side of the square that the image tower sees, in pixels. */
  readonly imageSize: number;
  /** Tokens a text may have, those that begin and end it included. */
  readonly contextLength: number;
  /** Probabilities are softmax(logitScale x cosine): exp(logit_scale), or with a closing the scale that was fitted with it. */
  readonly logitScale: number;
  /**
   * Of models trained with a sigmoid (SigLIP), whose probabilities are sigmoid(logitScale x cosine + logitBias) for each label by
   * itself. Undefined for others, and with a closing, whose scale is fitted for softmax.
   */
  readonly logitBias?: number;
}

/** A loaded model. Calls that overlap are queued. */
export interface BiomedClip extends AsyncDisposable {
  /** What it is, and where it runs. */
  readonly info: ModelInfo;
  /**
   * Embeds images and texts as below, and gives the final state of each of their tokens besides.
   * @throws {BiomedClipError} a typed error that names the input; the model stays usable after it
   */
  embedBatch(inputs: EmbedInputs, options: EmbedOptions & { output: 'tokens' }): Promise<EmbedTokensResult>;
  /**
   * Embeds images and texts: `{ images: [rows, D], texts: [rows, D] }`, in the order of the inputs.
   * @throws {BiomedClipError} a typed error that names the input; the model stays usable after it
   */
  embedBatch(inputs: EmbedInputs, options?: EmbedOptions): Promise<EmbedResult>;
  /**
   * Frees the GPU memory. Calls after it end in a `DestroyedError`.
   *
   * A Node worker must not be ended while a call is under way: the WebGPU implementation then aborts the whole process
   * ("Promise not resolved or rejected"), and no JavaScript runs in between that could prevent it. Let the worker abort
   * its call by its `signal`, await that, await `model[Symbol.asyncDispose]()`, and only then terminate it; the same
   * before `process.exit()`.
   */
  destroy(): void;
}
