import type { AttendedTokens } from '../bert/attended-tokens.ts';
import { type BertConfig, bertForward } from '../bert/bert.ts';
import type { BertWeights } from '../bert/weights.ts';
import type { Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import type { Program } from '../device/program.ts';
import { ProgramCache } from '../device/program-cache.ts';
import type { Tensor } from '../device/tensor.ts';
import { attentionTileCount, attentionTiles } from '../kernels/attention.ts';
import {
  PROGRAM_BUDGET,
  type Submitted,
  submitted,
  TOWER_RECORDING,
  type TowerOptions,
  type TowerOutput,
  towerOutputs,
} from './tower.ts';

export interface TextTowerConfig extends BertConfig {
  readonly width: number;
  readonly mlpWidth: number;
}

type BertProgram = Program<{
  inputs: { ids: Tensor; tiles: Tensor; clsRows: Tensor };
  outputs: Record<string, Tensor>;
}>;

/** Runs the text tower on packed batches: no token is padded to the length of another text. */
export class TextTower {
  readonly #programs = new ProgramCache<BertProgram['recording']>(PROGRAM_BUDGET);

  constructor(
    private readonly gpu: Gpu,
    private readonly weights: BertWeights,
    private readonly config: TextTowerConfig,
  ) {}

  /** Tokens that a pass can take: its largest tensor, [N, 4C], must fit in a storage binding. */
  get maxTokens(): number {
    const { maxStorageBufferBindingSize } = this.gpu.limits;
    return Math.floor(
      maxStorageBufferBindingSize / (4 * Math.max(this.config.mlpWidth, 3 * this.config.width)),
    );
  }

  /** Tokens that keep the adapter busy: a pass of more takes longer, and is no faster a token. */
  get usualTokens(): number {
    return this.gpu.info.software ? 512 : 2048;
  }

  /**
   * Submits B texts of checked token ids, each with [CLS] first, at most `maxTokens` in all; the output comes when the
   * GPU is done. `tokens` come packed, in order.
   */
  async submit(texts: readonly AttendedTokens[], options: TowerOptions): Promise<Submitted> {
    const lengths = texts.map(({ ids }) => ids.length);
    const count = lengths.reduce((sum, length) => sum + length, 0);
    const rows = Math.min(roundUpTokens(count), Math.max(this.maxTokens, count));
    const places = roundUpTexts(texts.length);
    const key = `${places} ${rows} ${options.normalize} ${options.tokens}`;
    const program = await this.#programs.get(key, () => this.#record(places, rows, options));
    const { inputs } = program.recording;
    const output = program.run({
      ids: packIds(texts, rows),
      tiles: attentionTiles(this.gpu, lengths, inputs.tiles.shape[0] ?? 0),
      clsRows: firstRows(lengths, places),
    }) as Promise<TowerOutput & Record<string, Float32Array>>;
    const { width } = this.config;
    return submitted(
      output.then(({ embedding, finite, tokens, finiteTokens }) => ({
        embedding: embedding.subarray(0, (embedding.length / places) * texts.length),
        finite: finite.subarray(0, texts.length),
        tokens: tokens?.subarray(0, count * width),
        finiteTokens: finiteTokens?.subarray(0, count),
      })),
    );
  }

  destroy(): void {
    this.#programs.destroy();
  }

  #record(texts: number, rows: number, options: TowerOptions): Promise<BertProgram> {
    const { gpu, weights, config } = this;
    const build = (commands: Recorder) => recordTexts(commands, { texts, rows }, weights, config, options);
    return gpu.record(`text tower, ${texts} texts, ${rows} tokens`, build, TOWER_RECORDING);
  }
}

/** Records the pass over texts of so many rows of tokens: what `embedBatch` runs, and what is compiled ahead. */
export function recordTexts(
  commands: Recorder,
  { texts, rows }: { readonly texts: number; readonly rows: number },
  weights: BertWeights,
  config: TextTowerConfig,
  options: TowerOptions,
): BertProgram['recording'] {
  const inputs = {
    ids: commands.input([rows, 2], 'u32'),
    tiles: commands.input([attentionTileCount(commands.gpu, texts, rows), 4], 'u32'),
    clsRows: commands.input([texts], 'u32'),
  };
  const { embedding, stream } = bertForward(commands, inputs, weights, config, options.tokens);
  return { inputs, outputs: towerOutputs(commands, embedding, stream, options) };
}

/**
 * A few sizes for all totals, at most a sixteenth above those from 256 on, so that few programs are recorded. The
 * surplus rows hold token 0, and no attention tile reaches them.
 */
export function roundUpTokens(count: number): number {
  return roundUp(count, Math.max(16, powerBelow(count) / 16));
}

/** The same for the number of texts, at most an eighth above; the surplus ones are the first text once more. */
export function roundUpTexts(count: number): number {
  return roundUp(count, Math.max(1, powerBelow(count) / 8));
}

function powerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(count, 1)));
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/** `[rows, 2]`: id of every token, and its position in its text. */
function packIds(texts: readonly AttendedTokens[], rows: number): Uint32Array {
  const packed = new Uint32Array(rows * 2);
  let row = 0;
  for (const { ids, positions } of texts) {
    for (const [i, id] of ids.entries()) packed.set([id, positions[i] ?? 0], 2 * (row + i));
    row += ids.length;
  }
  return packed;
}

/** `[places]`: the row of each text's [CLS]; 0 beyond the texts. */
function firstRows(lengths: readonly number[], places: number): Uint32Array {
  const rows = new Uint32Array(places);
  for (let i = 1; i < lengths.length; i++) rows[i] = (rows[i - 1] ?? 0) + (lengths[i - 1] ?? 0);
  return rows;
}
