import source from '../../shaders/attention-pool.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import { expectShape, type Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'attention-pool',
  source,
  params: { width: 'u32' },
  bind: { q: 'read', kv: 'read', spans: 'read', y: 'write' },
});

/** Lanes of a workgroup, each of which takes four channels of a head. */
const LANES = 64;

/**
 * Records attention of one query `[1, C]` to the rows of each span, softmax(q k^T / sqrt(C / H)) v a head: keys and values
 * `[N, 2C]` to `[B, C]`. As timm's AttentionPoolLatent between its `kv` and its `proj`.
 * @param spans u32 `[B, 2]`: first row, and how many (at least one), within N
 * @throws {ShapeError} unless the head width is a multiple of 4, at most 256, and the shapes are these
 */
export function attentionPool(cmd: Commands, q: Tensor, kv: Tensor, spans: Tensor, heads: number): Tensor {
  const width = q.size;
  const [rows = 0] = kv.shape;
  const [count = 0] = spans.shape;
  const headWidth = width / heads;
  if (headWidth % 4 !== 0 || headWidth > 4 * LANES) {
    throw new ShapeError(
      'attentionPool',
      'q',
      `[1, ${heads} heads * a multiple of 4, at most ${4 * LANES}]`,
      q.shape,
    );
  }
  expectShape('attentionPool', { kv }, [rows, 2 * width]);
  expectShape('attentionPool', { spans }, [count, 2]);
  const y = cmd.alloc([count, width]);
  cmd.dispatch(kernel, {
    bind: { q, kv, spans, y },
    params: { width },
    groups: [count, heads],
    constants: { QUADS: headWidth / 4 },
  });
  return y;
}
