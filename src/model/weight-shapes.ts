import { layerTensors } from '../../weights/tensor-names.ts';
import { type ElementType, makeTensor, sizeOf, type Tensor } from '../device/tensor.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import { type PackedMatrix, packedWords, type WeightStorage } from '../kernels/gemm/packed-matrix.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { WeightSource } from '../kernels/weight-source.ts';

/** Weights without values or memory: enough to record a tower, and so to compile its kernels ahead. */
export class WeightShapes implements WeightSource {
  constructor(
    private readonly shapeOf: (tensor: string) => readonly number[],
    private readonly storage: WeightStorage,
    readonly tableStorage: WeightStorage = storage,
  ) {}

  async linear(name: string, { bias = true } = {}): Promise<Linear> {
    const tensors = layerTensors(name);
    const weight = this.#matrix([tensors.weight]);
    return bias ? { weight, bias: await this.vector([tensors.bias]) } : { weight };
  }

  async projection(tensor: string): Promise<Linear> {
    const [cols = 1, rows = 1] = this.shapeOf(tensor);
    return { weight: this.#packed(rows, cols, this.tableStorage) };
  }

  async stacked(names: readonly string[]): Promise<Linear> {
    const weight = this.#matrix(names.map((name) => `${name}.weight`));
    return { weight, bias: await this.vector(names.map((name) => `${name}.bias`)) };
  }

  async layerNorm(name: string): Promise<LayerNormWeights> {
    return { weight: await this.vector([`${name}.weight`]), bias: await this.vector([`${name}.bias`]) };
  }

  async table(name: string, storage: WeightStorage = 'f32'): Promise<Tensor> {
    const shape = this.shapeOf(name);
    const cols = shape.at(-1) ?? 1;
    const rows = sizeOf(shape) / cols;
    return tensorOf([rows, storage === 'f32' ? cols : cols / 2], 'u32');
  }

  async resized(name: string, rows: number): Promise<Tensor> {
    return tensorOf([rows, this.shapeOf(name).at(-1) ?? 1], 'u32');
  }

  async vector(names: readonly string[], length?: number): Promise<Tensor> {
    const values = names.reduce((sum, name) => sum + sizeOf(this.shapeOf(name)), 0);
    return tensorOf([length ?? values], 'f32');
  }

  #matrix(names: readonly string[]): PackedMatrix {
    const rows = names.reduce((sum, name) => sum + (this.shapeOf(name)[0] ?? 1), 0);
    const values = names.reduce((sum, name) => sum + sizeOf(this.shapeOf(name)), 0);
    return this.#packed(rows, values / rows);
  }

  #packed(rows: number, cols: number, storage = this.storage): PackedMatrix {
    return { rows, cols, storage, words: tensorOf([packedWords(rows, cols, storage)], 'u32') };
  }
}

function tensorOf(shape: readonly number[], type: ElementType): Tensor {
  return makeTensor(shape, type, { buffer: undefined });
}
