import type { InferenceSession } from 'onnxruntime-node';
import { OnnxRunError, OnnxRuntimeMissingError, OnnxSessionError } from './errors.ts';
import { GraphBuilder } from './graph.ts';

/** ONNX Runtime's MatMul: x `[M, K]` times w `[K, N]`. */
export interface OnnxMatMul {
  readonly version: string;
  run(): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * A session of one MatMul node with both inputs at hand; w lies as the operator takes it, transposed ahead.
 * @throws {OnnxRuntimeMissingError} @throws {OnnxSessionError}
 */
export async function onnxMatMul(
  provider: 'cpu' | 'webgpu',
  x: { readonly data: Float32Array; readonly dims: readonly [number, number] },
  w: { readonly data: Float32Array; readonly dims: readonly [number, number] },
): Promise<OnnxMatMul> {
  const runtime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new OnnxRuntimeMissingError(cause);
  });
  const session = await open(runtime, provider);
  const feeds = {
    x: new runtime.Tensor('float32', x.data, x.dims),
    w: new runtime.Tensor('float32', w.data, w.dims),
  };
  return {
    version: runtime.env.versions.node ?? runtime.env.versions.common,
    async run() {
      const { y } = await session.run(feeds).catch((cause: unknown) => {
        throw new OnnxRunError(cause);
      });
      if (y?.data instanceof Float32Array) return y.data;
      throw new OnnxRunError(`y must be a float32 tensor, got ${y?.type ?? 'nothing'}`);
    },
    release: () => session.release(),
  };
}

async function open(
  runtime: typeof import('onnxruntime-node'),
  provider: 'cpu' | 'webgpu',
): Promise<InferenceSession> {
  const graph = new GraphBuilder('matmul');
  const [x, w] = [graph.input('x', 'f32', ['M', 'K']), graph.input('w', 'f32', ['K', 'N'])];
  graph.output('y', graph.op('MatMul', [x, w]), ['M', 'N']);
  try {
    return await runtime.InferenceSession.create(graph.build().bytes, {
      executionProviders: [provider],
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new OnnxSessionError(provider, cause);
  }
}
