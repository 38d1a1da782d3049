import { throwIfAborted } from '../src/errors.ts';
import { bpeFiles, filledMerges, mergesOf } from './bpe-files.ts';
import { SAFETENSORS_FILE, TORCH_FILE } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { CONFIG_FILE } from './config-text.ts';
import { normalAt, streamKey } from './random.ts';
import { byteLengthOf, safetensorsPieces, type TensorEntry } from './safetensors-writer.ts';
import { expectedTensors } from './schema.ts';
import { type SeededPreset, type SeededTowers, seededConfig, seededConfigJson } from './seeded-config.ts';
import type { Recipe } from './seeded-layers.ts';
import { seededRecipes } from './seeded-recipe.ts';
import { siglipTokenizer } from './seeded-siglip.ts';
import type { DirectorySink } from './sinks.ts';
import { elementCount } from './tensor-info.ts';
import { torchZipPieces } from './torch-zip-writer.ts';
import { DEFAULT_VOCABULARY, wordPieceFiles } from './wordpiece-files.ts';

export interface SeededModelOptions {
  readonly preset: SeededPreset;
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

/**
 * Writes an untrained model in the layout of a downloaded checkpoint: configuration, weights, tokenizer files.
 * Its weights are random but made to reveal an engine's mistakes (see `seeded-layers.ts`). They are written as
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

function tokenizerOf(preset: SeededPreset, { text, siglip }: SeededTowers): SeededTokenizer {
  if (siglip) return { ...siglipTokenizer(siglip, preset === 'full'), padding: 0 };
  return text === 'clip' ? bpeTokenizer(preset) : wordPieceTokenizer(preset);
}

/** BiomedCLIP's own vocabulary has 30,522 entries; entries beyond ours are [unused]. */
function wordPieceTokenizer(preset: SeededPreset): SeededTokenizer {
  const unused = Array.from({ length: 30522 - DEFAULT_VOCABULARY.length }, (_, i) => `[unused${i}]`);
  const vocabulary = preset === 'full' ? [...DEFAULT_VOCABULARY, ...unused] : DEFAULT_VOCABULARY;
  return {
    files: wordPieceFiles(vocabulary),
    vocabularySize: vocabulary.length,
    padding: vocabulary.indexOf('[PAD]'),
  };
}

/** The same words, each one token. */
function bpeTokenizer(preset: SeededPreset): SeededTokenizer {
  const merges = mergesOf(DEFAULT_VOCABULARY.filter((token) => /^[a-z]{2,}$/.test(token)));
  const all = preset === 'full' ? filledMerges(merges) : merges;
  return { files: bpeFiles(all), vocabularySize: 2 * 256 + all.length + 2, padding: 0 };
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
      values[start + c] = (values[start + c] as number) + shift;
    });
  }
}
