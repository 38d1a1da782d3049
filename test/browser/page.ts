import { BiomedClip } from '../../src/index.ts';

/** What the test asks of the page. */
export interface PageResult {
  readonly adapter: string;
  readonly images: readonly number[];
  readonly texts: readonly number[];
}

declare global {
  interface Window {
    embed(model: string, images: readonly string[], texts: readonly string[]): Promise<PageResult>;
  }
}

window.embed = async (source, images, texts) => {
  await using model = await BiomedClip.load(source);
  const result = await model.embedBatch({ images, texts });
  return { adapter: model.info.adapter, images: [...result.images.data], texts: [...result.texts.data] };
};
document.title = 'ready';
