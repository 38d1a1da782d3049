import type { ModelConfig } from '../../weights/config.ts';

/** An ONNX model as the server hands it to the page. */
export interface ServedModel {
  /** Address of the protobuf, without the large weights. */
  readonly graph: string;
  /** Address of the large weights, one after the other. */
  readonly weights: string;
  readonly index: readonly { readonly path: string; readonly start: number; readonly bytes: number }[];
}

/** What the page is asked to run. */
export interface PageTask {
  /** Address of the checkpoint. */
  readonly model: string;
  readonly rounds: number;
  /** Of ONNX Runtime's WebAssembly. */
  readonly threads: number;
  readonly dim: number;
  readonly image: Pick<ModelConfig['image'], 'mean' | 'std' | 'size'>;
  readonly contests: readonly (ImageContest | TextContest)[];
}

interface ImageContest {
  readonly kind: 'images';
  readonly name: string;
  readonly graph: ServedModel;
  readonly count: number;
}

interface TextContest {
  readonly kind: 'texts';
  readonly name: string;
  readonly graph: ServedModel;
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly padded: { readonly padTo: number; readonly padId: number };
  /** Padding is seen by the tower, so there is no other form. */
  readonly always: boolean;
}
