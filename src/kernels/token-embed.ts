import source from '../../shaders/token-embed.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';
import { storagePart, type WeightStorage } from './gemm/packed-matrix.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'token-embed',
  source,
  params: { tokens: 'u32', width: 'u32' },
  bind: { ids: 'read', words: 'read', positions: 'read', tokenType: 'read', x: 'write' },
});

export interface TokenEmbedWeights {
  /** `[V, C]` row-major in `storage` */
  readonly words: Tensor;
  readonly storage: WeightStorage;
  /** `[P, C]` */
  readonly positions: Tensor;
  /** `[C]`: the row of token type 0, where there are token types */
  readonly tokenType?: Tensor;
}

/**
 * Records the sum of word, position and token type embeddings: ids `[N, 2]` (id, position) to `[N, C]`. As Hugging
 * Face's BertEmbeddings before its LayerNorm, and as CLIP's, which has no token types. Ids must be in range: the GPU does not check them.
 * @throws {ShapeError} unless C is a multiple of 4
 */
export function tokenEmbed(cmd: Commands, ids: Tensor, weights: TokenEmbedWeights): Tensor {
  const { words, storage, positions, tokenType } = weights;
  const [tokens = 0] = ids.shape;
  const width = positions.shape[1] ?? 0;
  if (width % 4 !== 0)
    throw new ShapeError('tokenEmbed', 'positions', '[P, a multiple of 4]', positions.shape);
  const x = cmd.alloc([tokens, width]);
  cmd.dispatch(kernel, {
    bind: { ids, words, positions, tokenType: tokenType ?? positions, x },
    params: { tokens, width },
    groups: tokens,
    parts: [storagePart[storage]],
    constants: { TOKEN_TYPE: tokenType !== undefined },
  });
  return x;
}
