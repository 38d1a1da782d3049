import type { InferenceSession } from 'onnxruntime-node';
import { OnnxRuntimeMissingError, OnnxSessionError } from './errors.ts';
import type { OnnxModel } from './graph.ts';
import { OnnxSession } from './onnx-session.ts';

type Runtime = typeof import('onnxruntime-node');

export interface OnnxSessionOptions {
  readonly provider: 'cpu' | 'webgpu';
  /** CPU threads of one operator; ORT's default is one a physical core. */
  readonly threads?: number;
  /** Bounds checks in shaders, webgpu only. ORT's default is off; the first session of a process decides for all. */
  readonly robustness?: boolean;
  /** ORT's checks around WebGPU calls, webgpu only; its default is `basic`. */
  readonly validation?: 'disabled' | 'wgpuOnly' | 'basic' | 'full';
}

/**
 * Opens an ONNX Runtime session. The webgpu provider brings its own Dawn, which lives beside npm `webgpu`'s in one
 * process; it opens the Vulkan driver that `VK_ICD_FILENAMES` names at the first session. Nodes that it lacks (Shape,
 * and Cast from int64) run on the CPU.
 * @throws {OnnxRuntimeMissingError} if onnxruntime-node is not installed
 * @throws {OnnxSessionError} if it refuses the model or finds no adapter
 */
export async function createSession(model: OnnxModel, options: OnnxSessionOptions): Promise<OnnxSession> {
  const runtime = await loadRuntime();
  try {
    const session = await runtime.InferenceSession.create(model.bytes, sessionOptions(model, options));
    return new OnnxSession(runtime, session);
  } catch (cause) {
    throw new OnnxSessionError(options.provider, cause);
  }
}

function sessionOptions(model: OnnxModel, options: OnnxSessionOptions): InferenceSession.SessionOptions {
  const { provider, threads, robustness, validation } = options;
  const webgpu = {
    name: 'webgpu',
    ...(robustness !== undefined && { enableRobustness: robustness }),
    ...(validation && { validationMode: validation }),
  };
  return {
    executionProviders: [provider === 'webgpu' ? webgpu : 'cpu'],
    externalData: [...model.externalData],
    // Suppresses the warning for nodes that webgpu hands to the CPU: the bench lists them.
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  };
}

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new OnnxRuntimeMissingError(cause);
  }
}
