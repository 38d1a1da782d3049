import type { TextTowerConfig } from '../../weights/tower-config.ts';
import type { Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { attentionTileCount, attentionTiles } from '../kernels/attention.ts';
import { usualTokens } from './batch-sizes.ts';
import {
  maxTokens,
  type Submitted,
  type TowerOptions,
  type TowerOutput,
  type TowerProgram,
  TowerPrograms,
  towerOutputs,
} from './tower.ts';
import type { TextForward, TextTokens } from './tower-kinds.ts';

/** Runs the text tower on packed batches: no token is padded to the length of another text. */
export class TextTower {
  readonly #programs: TowerPrograms<'ids'>;

  constructor(
    private readonly gpu: Gpu,
    private readonly forward: TextForward,
    private readonly config: TextTowerConfig,
  ) {
    this.#programs = new TowerPrograms(gpu);
  }

  /** Tokens that a pass can take. */
  get maxTokens(): number {
    return maxTokens(this.gpu, this.config);
  }

  /** Tokens that keep the adapter busy. */
  get usualTokens(): number {
    return usualTokens(this.gpu);
  }

  /**
   * Submits B texts of checked token ids, at most `maxTokens` in all; the output comes when the GPU is done. `tokens`
   * come packed, in order.
   */
  async submit(texts: readonly TextTokens[], options: TowerOptions): Promise<Submitted> {
    const lengths = texts.map(({ ids }) => ids.length);
    const tokenCount = lengths.reduce((sum, length) => sum + length, 0);
    const shape = {
      texts: roundUpTexts(texts.length),
      rows: Math.min(roundUpTokens(tokenCount), Math.max(this.maxTokens, tokenCount)),
    };
    const program = await this.#program(shape, options);
    const inputs = {
      ids: packIds(texts, shape.rows),
      tiles: attentionTiles(this.gpu, lengths, program.recording.inputs.tiles.shape[0] ?? 0),
      pooledRows: pooledRows(texts, shape.texts),
    };
    const { width } = this.config;
    const read = ({ embedding, finite, tokens, finiteTokens }: TowerOutput): TowerOutput => ({
      embedding: embedding.subarray(0, (embedding.length / shape.texts) * texts.length),
      finite: finite.subarray(0, texts.length),
      tokens: tokens?.subarray(0, tokenCount * width),
      finiteTokens: finiteTokens?.subarray(0, tokenCount),
    });
    return this.#programs.submit(program, inputs, { read });
  }

  destroy(): void {
    this.#programs.destroy();
  }

  #program(shape: TextBatchShape, options: TowerOptions): Promise<TowerProgram<'ids'>> {
    const build = (cmd: Recorder) => recordTexts(cmd, shape, this.forward, options);
    return this.#programs.get(`text tower, ${shape.texts} texts, ${shape.rows} tokens`, options, build);
  }
}

/** What a recorded pass has room for: the counts of a batch, rounded up. */
export interface TextBatchShape {
  readonly texts: number;
  /** Rows of tokens, of all texts together. */
  readonly rows: number;
}

/** Records the pass over texts of so many rows of tokens: what `embedBatch` runs, and what is compiled ahead. */
export function recordTexts(
  cmd: Recorder,
  { texts, rows }: TextBatchShape,
  forward: TextForward,
  options: TowerOptions,
): TowerProgram<'ids'>['recording'] {
  const inputs = {
    ids: cmd.input([rows, 2], 'u32'),
    tiles: cmd.input([attentionTileCount(cmd.gpu, texts, rows), 4], 'u32'),
    pooledRows: cmd.input([texts, 2], 'u32'),
  };
  const { embedding, tokens } = forward(cmd, inputs, options.tokens);
  return { inputs, outputs: towerOutputs(cmd, embedding, tokens, options) };
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
function packIds(texts: readonly TextTokens[], rows: number): Uint32Array {
  const packed = new Uint32Array(rows * 2);
  let row = 0;
  for (const { ids, positions } of texts) {
    for (const [i, id] of ids.entries()) packed.set([id, positions[i] ?? 0], 2 * (row + i));
    row += ids.length;
  }
  return packed;
}

/** `[paddedTexts, 2]`: the rows that each text is pooled over; row 0 alone beyond the texts. */
function pooledRows(texts: readonly TextTokens[], paddedTexts: number): Uint32Array {
  const rows = Uint32Array.from({ length: 2 * paddedTexts }, (_, i) => i % 2);
  let start = 0;
  for (const [i, { ids, pooled }] of texts.entries()) {
    const [first, count] = pooled;
    rows.set([start + first, count], 2 * i);
    start += ids.length;
  }
  return rows;
}
