import { throwIfAborted } from '../src/errors.ts';
import { bpeFiles, filledMerges, mergesOf } from './bpe-files.ts';
import { SAFETENSORS_FILE, TORCH_FILE } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { CONFIG_FILE } from './config-text.ts';
import { normalAt, streamKey } from './random.ts';
import { byteLengthOf, safetensorsPieces, type TensorEntry } from './safetensors-writer.ts';
import { expectedTensors } from './schema.ts';
import { seededConfigJson } from './seeded-config.ts';
import { type Recipe, seededRecipes } from './seeded-recipe.ts';
import { siglipTokenizer, siglipTowers } from './seeded-siglip.ts';
import type { DirectorySink } from './sinks.ts';
import { elementCount } from './tensor-info.ts';
import { torchZipPieces } from './torch-zip-writer.ts';
import type {
  BertConfig,
  ClipTextConfig,
  ImageTowerConfig,
  TextTowerConfig,
  TimmVitConfig,
} from './tower-config.ts';
import { DEFAULT_VOCABULARY, wordPieceFiles } from './wordpiece-files.ts';

export interface SeededModelOptions {
  /**
   * `full`: the shapes of BiomedCLIP, 784 MB, or with CLIP's towers of a ViT-B/16, 599 MB, with SigLIP's 812. `wide`: the same, but two
   * blocks a tower and a small vocabulary, 130 MB. `tiny`: two blocks a tower, 128 wide, 48-pixel images, 4 MB.
   */
  readonly preset: 'tiny' | 'wide' | 'full';
  /** The towers, BiomedCLIP's by default. */
  readonly towers?: SeededTowers;
  /** The same seed gives the same bytes on every machine. 0 by default. */
  readonly seed?: number;
  /** `safetensors` by default; `bin` is a torch zip. */
  readonly format?: 'safetensors' | 'bin';
  /** Bytes of weights made so far, and how many there will be in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface SeededTowers {
  readonly image?: ImageTowerConfig['kind'];
  readonly text?: TextTowerConfig['kind'];
  /** Instead of both: SigLIP's, with the exact GELU, or SigLIP 2's, with the tanh form. */
  readonly siglip?: 1 | 2;
  /** In open_clip's own towers, instead of GELU. */
  readonly quickGelu?: boolean;
  /** Pixels a side of open_clip's own ViT's patches; 16 by default. A tiny model's images have nine of them. */
  readonly patch?: number;
  /** Of a head of open_clip's own ViT; 64 by default. The width is as many heads as usual of it. */
  readonly headWidth?: number;
  /** Behind the BERT, instead of two layers. */
  readonly linearProjection?: boolean;
  /** Saves CLIP's text tower as a module of its own: `text.` before its names. */
  readonly textModule?: boolean;
  /** Leaves the LayerNorm before the blocks of open_clip's own ViT out. */
  readonly withoutPreNorm?: boolean;
  /** What differs from usual models around the image tower's blocks; `preNorm`, `proj` and pooling by attention are timm's. */
  readonly imageHead?: Partial<Pick<TimmVitConfig, 'pool' | 'normAfterPool' | 'proj' | 'preNorm'>>;
  /** The same of a BERT. */
  readonly bertHead?: Partial<Pick<BertConfig, 'pool' | 'proj'>>;
  /** The same of CLIP's text tower. */
  readonly clipHead?: Partial<Pick<ClipTextConfig, 'pool' | 'bidirectional' | 'proj'>>;
  /** Blocks of open_clip's own towers with a layer scale. */
  readonly layerScale?: boolean;
}

/**
 * Writes an untrained model in the layout of a downloaded checkpoint: configuration, weights, tokenizer files.
 * Its weights are random but made to reveal an engine's mistakes (see `seeded-recipe.ts`). They are written as
 * they are made, so even the full size needs only a few MB of memory.
 * @throws {AbortedError} if the signal fires
 */
export async function writeSeededModel(out: DirectorySink, options: SeededModelOptions): Promise<void> {
  const { preset, towers = {}, format = 'safetensors' } = options;
  const tokenizer = tokenizerOf(preset, towers);
  const config = seededConfig(preset, towers, tokenizer);
  const files = { [CONFIG_FILE]: seededConfigJson(preset, config), ...tokenizer.files };
  for (const [file, text] of Object.entries(files)) await out.write(file, textPieces(text));

  const entries = seededEntries(config, options);
  if (format === 'bin') await out.write(TORCH_FILE, torchZipPieces(entries));
  else await out.write(SAFETENSORS_FILE, safetensorsPieces(entries));
}

interface SeededTokenizer {
  readonly files: Readonly<Record<string, string>>;
  readonly vocabularySize: number;
  readonly padding: number;
}

function tokenizerOf(preset: SeededModelOptions['preset'], { text, siglip }: SeededTowers): SeededTokenizer {
  if (siglip) return { ...siglipTokenizer(siglip, preset === 'full'), padding: 0 };
  return text === 'clip' ? bpeTokenizer(preset) : wordPieceTokenizer(preset);
}

/** BiomedCLIP's own vocabulary has 30,522 entries; entries beyond ours are [unused]. */
function wordPieceTokenizer(preset: SeededModelOptions['preset']): SeededTokenizer {
  const unused = Array.from({ length: 30522 - DEFAULT_VOCABULARY.length }, (_, i) => `[unused${i}]`);
  const vocabulary = preset === 'full' ? [...DEFAULT_VOCABULARY, ...unused] : DEFAULT_VOCABULARY;
  return {
    files: wordPieceFiles(vocabulary),
    vocabularySize: vocabulary.length,
    padding: vocabulary.indexOf('[PAD]'),
  };
}

/** The same words, each one token. */
function bpeTokenizer(preset: SeededModelOptions['preset']): SeededTokenizer {
  const merges = mergesOf(DEFAULT_VOCABULARY.filter((token) => /^[a-z]{2,}$/.test(token)));
  const all = preset === 'full' ? filledMerges(merges) : merges;
  return { files: bpeFiles(all), vocabularySize: 2 * 256 + all.length + 2, padding: 0 };
}

function seededConfig(
  preset: SeededModelOptions['preset'],
  towers: SeededTowers,
  { vocabularySize, padding }: SeededTokenizer,
): ModelConfig {
  const [full, tiny] = [preset === 'full', preset === 'tiny'];
  const { image = 'timm', text = 'bert', quickGelu = false, headWidth = 64, patch = 16 } = towers;
  const depth = full ? 12 : 2;
  const sizes = (width: number, heads = width / 64) => ({ width, depth, heads, mlpWidth: 4 * width });
  const width = tiny ? 128 : 768;
  const { imageHead = {}, bertHead = {}, clipHead = {}, layerScale } = towers;
  const { proj: imageProj, preNorm: _, pool, ...imagePool } = imageHead;
  const unprojected = imageProj?.kind === 'none' || bertHead.proj === 'none';
  const embedDim = unprojected ? width : tiny ? 64 : 512;
  const activation = quickGelu ? 'quickGelu' : 'gelu';
  const picture = {
    size: tiny ? 3 * patch : 224,
    patch,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  } as const;
  const own = { eps: 1e-5, activation } as const;
  const context = { contextLength: 77, positions: 77, vocabularySize };
  if (towers.siglip) {
    return {
      name: `seeded ${preset}`,
      untrained: true,
      ...siglipTowers(preset, towers.siglip, vocabularySize),
    };
  }
  return {
    name: `seeded ${preset}`,
    embedDim,
    untrained: true,
    image:
      image === 'timm'
        ? { kind: 'timm', ...sizes(width), eps: 1e-6, ...picture, ...imageHead }
        : {
            kind: 'open_clip',
            ...sizes((width / 64) * headWidth, width / 64),
            ...own,
            preNorm: !towers.withoutPreNorm,
            layerScale,
            ...picture,
            ...(pool === 'mean' && { pool }),
            ...imagePool,
          },
    text:
      text === 'clip'
        ? {
            kind: 'clip',
            ...sizes(embedDim, tiny ? 2 : 8),
            ...own,
            ...context,
            prefix: towers.textModule ? 'text.' : '',
            layerScale,
            ...clipHead,
          }
        : {
            kind: 'bert',
            ...sizes(width),
            eps: 1e-12,
            contextLength: 256,
            vocabularySize,
            positions: full ? 512 : 256,
            tokenTypes: 2,
            padding,
            projHidden: towers.linearProjection || bertHead.proj ? undefined : (embedDim + width) / 2, // open_clip's rule
            ...bertHead,
          },
  };
}

async function* textPieces(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

function seededEntries(
  config: ModelConfig,
  { seed = 0, onProgress, signal }: SeededModelOptions,
): TensorEntry[] {
  const recipes = seededRecipes(config, seed);
  let done = 0;
  const report = (bytes: number) => {
    throwIfAborted(signal);
    done += bytes;
    onProgress?.(done, total);
  };
  const entries = expectedTensors(config).map(({ name, shape, dtypes }): TensorEntry => {
    const recipe = recipes.get(name) ?? { std: 1 };
    if (dtypes.includes('I64'))
      return { name, dtype: 'I64', shape, pieces: () => [countingIds(elementCount(shape))] };
    return {
      name,
      dtype: 'F32',
      shape,
      *pieces() {
        for (const piece of seededPieces(shape, recipe, streamKey(seed, name))) {
          report(piece.length);
          yield piece;
        }
      },
    };
  });
  const total = entries
    .filter(({ dtype }) => dtype === 'F32')
    .reduce((sum, entry) => sum + byteLengthOf(entry), 0);
  return entries;
}

/** BERT's `position_ids`: 0, 1, 2, ... as int64. */
function countingIds(count: number): Uint8Array {
  return new Uint8Array(BigInt64Array.from({ length: count }, (_, id) => BigInt(id)).buffer);
}

/** Rows of about a quarter of a million values at a time. */
function* seededPieces(shape: readonly number[], recipe: Recipe, key: number): Generator<Uint8Array> {
  const columns = shape.at(-1) ?? 1;
  const rows = elementCount(shape) / columns;
  const step = Math.max(1, Math.floor(262_144 / columns));
  for (let first = 0; first < rows; first += step) {
    const values = new Float32Array(Math.min(step, rows - first) * columns);
    fillRows(values, first, columns, recipe, key);
    yield new Uint8Array(values.buffer);
  }
}

function fillRows(values: Float32Array, first: number, columns: number, recipe: Recipe, key: number): void {
  const { mean = 0, std } = recipe;
  for (let start = 0; start < values.length; start += columns) {
    const row = first + start / columns;
    const rowScale = recipe.rows?.[row] ?? 1;
    for (let c = 0; c < columns; c++) {
      const x = normalAt(key, row * columns + c);
      values[start + c] = (mean + std * x) * rowScale * (recipe.columns?.[c] ?? 1);
    }
    recipe.shifts?.forEach((shift, c) => {
      values[start + c] = (values[start + c] ?? 0) + shift;
    });
  }
}
