import { BiomedClipError } from '../../src/errors.ts';

/** The peer that results are compared with is a development dependency, and it is not there. */
export class OnnxRuntimeMissingError extends BiomedClipError {
  constructor(cause: unknown) {
    super('onnxruntime-node cannot be loaded; install it with: npm install --save-dev onnxruntime-node', {
      cause,
    });
  }
}

/** ONNX Runtime refused the model, the provider or its options. `cause` is its own error. */
export class OnnxSessionError extends BiomedClipError {
  constructor(
    readonly provider: string,
    cause: unknown,
  ) {
    super(`onnxruntime-node, provider ${provider}: no session: ${reason(cause)}`, { cause });
  }
}

/** ONNX Runtime refused the inputs, failed on the way, or gave something other than float32 outputs. */
export class OnnxRunError extends BiomedClipError {
  constructor(cause: unknown) {
    super(`onnxruntime-node: run failed: ${reason(cause)}`, { cause });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
