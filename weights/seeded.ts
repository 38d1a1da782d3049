import { throwIfAborted } from '../src/errors.ts';
import { SAFETENSORS_FILE, TORCH_FILE } from './checkpoint.ts';
import { CONFIG_FILE, type ModelConfig } from './config.ts';
import { normalAt, streamKey } from './random.ts';
import { byteLengthOf, safetensorsPieces, type TensorEntry } from './safetensors-writer.ts';
import { expectedTensors } from './schema.ts';
import { type Recipe, seededRecipes } from './seeded-recipe.ts';
import type { DirectorySink } from './sinks.ts';
import { elementCount } from './tensor-info.ts';
import { torchZipPieces } from './torch-zip-writer.ts';
import { DEFAULT_VOCABULARY, wordPieceFiles } from './wordpiece-files.ts';

export interface SeededModelOptions {
  /**
   * `full`: the shapes of BiomedCLIP, 784 MB. `wide`: the same, but two blocks a tower and a small vocabulary, 130 MB.
   * `tiny`: two blocks a tower, 128 wide, 48-pixel images, 4 MB.
   */
  readonly preset: 'tiny' | 'wide' | 'full';
  /** The same seed gives the same bytes on every machine. 0 by default. */
  readonly seed?: number;
  /** `safetensors` by default; `bin` is a torch zip. */
  readonly format?: 'safetensors' | 'bin';
  /** Bytes of weights made so far, and how many there will be in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes an untrained model in the layout of a downloaded checkpoint: configuration, weights, tokenizer files.
 * Its weights are random but made to reveal an engine's mistakes (see `seeded-recipe.ts`). They are written as
 * they are made, so even the full size needs only a few MB of memory.
 * @throws {AbortedError} if the signal fires
 */
export async function writeSeededModel(out: DirectorySink, options: SeededModelOptions): Promise<void> {
  const { preset, format = 'safetensors' } = options;
  const vocabulary = vocabularyOf(preset);
  const config = seededConfig(preset, vocabulary);
  const files = { [CONFIG_FILE]: configJson(preset, config), ...wordPieceFiles(vocabulary) };
  for (const [file, text] of Object.entries(files)) await out.write(file, textPieces(text));

  const entries = seededEntries(config, options);
  if (format === 'bin') await out.write(TORCH_FILE, torchZipPieces(entries));
  else await out.write(SAFETENSORS_FILE, safetensorsPieces(entries));
}

/** BiomedCLIP's own vocabulary has 30,522 entries; entries beyond ours are [unused]. */
function vocabularyOf(preset: SeededModelOptions['preset']): readonly string[] {
  if (preset !== 'full') return DEFAULT_VOCABULARY;
  const unused = Array.from({ length: 30522 - DEFAULT_VOCABULARY.length }, (_, i) => `[unused${i}]`);
  return [...DEFAULT_VOCABULARY, ...unused];
}

function seededConfig(preset: SeededModelOptions['preset'], vocabulary: readonly string[]): ModelConfig {
  const [full, tiny] = [preset === 'full', preset === 'tiny'];
  const width = tiny ? 128 : 768;
  const tower = { width, depth: full ? 12 : 2, heads: width / 64, mlpWidth: 4 * width };
  const embedDim = tiny ? 64 : 512;
  return {
    name: `seeded ${preset}`,
    embedDim,
    untrained: true,
    image: {
      ...tower,
      size: tiny ? 48 : 224,
      patch: 16,
      eps: 1e-6,
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    },
    text: {
      ...tower,
      eps: 1e-12,
      contextLength: 256,
      vocabularySize: vocabulary.length,
      positions: full ? 512 : 256,
      tokenTypes: 2,
      padding: vocabulary.indexOf('[PAD]'),
      projHidden: (embedDim + width) / 2, // open_clip's rule
    },
  };
}

function configJson(
  preset: SeededModelOptions['preset'],
  { name, embedDim, image, text }: ModelConfig,
): string {
  const bert = 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract';
  const full = preset === 'full';
  const ours = {
    name,
    untrained: true,
    // The full size has the real model's names, from which these follow.
    ...(!full && { image: { heads: image.heads, eps: image.eps, depth: image.depth } }),
    ...(!full && { text: { heads: text.heads, eps: text.eps, depth: text.depth, padding: text.padding } }),
  };
  const json = {
    model_cfg: {
      embed_dim: embedDim,
      vision_cfg: {
        timm_model_name: full ? 'vit_base_patch16_224' : `vit_${preset}_seeded`,
        timm_model_pretrained: false,
        timm_pool: '',
        timm_proj: 'linear',
        image_size: image.size,
      },
      text_cfg: {
        hf_model_name: full ? bert : `bert_${preset}_seeded`,
        hf_tokenizer_name: full ? bert : `bert_${preset}_seeded`,
        hf_proj_type: 'mlp',
        hf_pooler_type: 'cls_last_hidden_state_pooler',
        context_length: text.contextLength,
      },
    },
    preprocess_cfg: { mean: image.mean, std: image.std },
    biomedclip_webgpu: ours,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
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
