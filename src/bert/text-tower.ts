import type { Gpu } from '../device/gpu.ts';
import type { Program } from '../device/program.ts';
import { ProgramCache } from '../device/program-cache.ts';
import type { Tensor } from '../device/tensor.ts';
import { attentionTileCount, attentionTiles } from '../kernels/attention.ts';
import { l2Normalize } from '../kernels/l2-normalize.ts';
import { PROGRAM_BUDGET, type TowerOptions, type TowerOutput } from '../tower.ts';
import { type BertConfig, bertForward } from './bert.ts';
import type { BertWeights } from './weights.ts';

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
    const { maxStorageBufferBindingSize } = this.gpu.device.limits;
    return Math.floor(
      maxStorageBufferBindingSize / (4 * Math.max(this.config.mlpWidth, 3 * this.config.width)),
    );
  }

  /** Embeds B texts, given as checked token ids, at most `maxTokens` in all. `tokens` come packed, in order. */
  async embed(texts: readonly Int32Array[], options: TowerOptions): Promise<TowerOutput> {
    const lengths = texts.map((ids) => ids.length);
    const count = lengths.reduce((sum, length) => sum + length, 0);
    const rows = Math.min(roundUpTokens(count), Math.max(this.maxTokens, count));
    const key = `${texts.length} ${rows} ${options.normalize} ${options.tokens}`;
    const program = await this.#programs.get(key, () => this.#record(texts.length, rows, options));
    const { inputs } = program.recording;
    const { embedding, tokens } = (await program.run({
      ids: packIds(texts, rows),
      tiles: attentionTiles(this.gpu, lengths, inputs.tiles.shape[0] ?? 0),
      clsRows: firstRows(lengths),
    })) as { embedding: Float32Array; tokens?: Float32Array };
    return { embedding, tokens: tokens?.subarray(0, count * this.config.width) };
  }

  destroy(): void {
    this.#programs.destroy();
  }

  #record(texts: number, rows: number, { normalize, tokens }: TowerOptions): Promise<BertProgram> {
    const { gpu, weights, config } = this;
    return gpu.record(`text tower, ${texts} texts, ${rows} tokens`, (commands) => {
      const inputs = {
        ids: commands.input([rows, 2], 'u32'),
        tiles: commands.input([attentionTileCount(gpu, texts, rows), 4], 'u32'),
        clsRows: commands.input([texts], 'u32'),
      };
      const { embedding, stream } = bertForward(commands, inputs, weights, config);
      const outputs: Record<string, Tensor> = {
        embedding: normalize ? l2Normalize(commands, embedding) : embedding,
      };
      if (tokens) outputs.tokens = stream;
      return { inputs, outputs };
    });
  }
}

/**
 * A few sizes for all totals, at most an eighth above them, so that few programs are recorded. The surplus rows hold
 * token 0, and no attention tile reaches them.
 */
export function roundUpTokens(count: number): number {
  const step = Math.max(16, 2 ** Math.floor(Math.log2(Math.max(count, 1))) / 8);
  return Math.ceil(count / step) * step;
}

/** `[rows, 2]`: id and position of every token. */
function packIds(texts: readonly Int32Array[], rows: number): Uint32Array {
  const packed = new Uint32Array(rows * 2);
  let row = 0;
  for (const ids of texts) {
    for (const [position, id] of ids.entries()) packed.set([id, position], 2 * (row + position));
    row += ids.length;
  }
  return packed;
}

function firstRows(lengths: readonly number[]): Uint32Array {
  let row = 0;
  return Uint32Array.from(lengths, (length) => {
    row += length;
    return row - length;
  });
}
