import type { BiomedClip, EmbedResult } from '../../api.ts';
import type { WindowChoice } from '../../image/source.ts';
import type { Output, Session } from '../cli/session.ts';
import type { IdentifiedImages } from '../image-identity.ts';
import type { EmbedCommandInputs } from './embed-inputs.ts';

/** How a command embeds. */
export interface BatchOptions {
  readonly batchSize?: number;
  readonly onError?: 'skip' | 'fail';
  readonly window?: WindowChoice;
}

/** Embeds, and tells how far it is. @param read where each image's identity is kept, by its index */
export function embedInputs(
  { images, texts }: Pick<EmbedCommandInputs, 'images' | 'texts'>,
  read: IdentifiedImages,
  { batchSize, onError, window }: BatchOptions,
  { signal }: Session,
  model: BiomedClip,
  output: Output,
): Promise<EmbedResult> {
  return model.embedBatch(
    {
      images: images.map(({ id, path }, i) => read.named(i, path, { id, window })),
      texts: texts.map(({ id, text }) => ({ id, text })),
    },
    {
      batchSize,
      onError,
      signal,
      onWarning: ({ message }) => output.warn(message),
      onProgress: ({ kind, done, total }) => output.progress.update(`embedding ${kind}s`, done, total),
    },
  );
}
