import { BiomedClip, type CheckpointSource } from '../../src/index.ts';

/** What a page gives the test: plain numbers, which cross over. */
export interface PageResult {
  readonly name: string;
  readonly images: readonly number[];
  readonly texts: readonly number[];
}

/** What the test asks of the page. */
const asked = {
  async embed(
    source: CheckpointSource,
    images: readonly string[],
    texts: readonly string[],
  ): Promise<PageResult> {
    await using model = await BiomedClip.load(source);
    const result = await model.embedBatch({ images, texts });
    return {
      name: model.info.name,
      images: [...result.images.data],
      texts: [...result.texts.data],
    };
  },

  /** From a directory of the origin's private file system, which is a directory on disk like any other. */
  async embedFromDirectory(files: readonly string[], text: string): Promise<PageResult> {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle('downloaded', { create: true });
    for (const url of files) {
      const file = await directory.getFileHandle(url.split('/').at(-1) ?? '', { create: true });
      await (await fetch(url)).body?.pipeTo(await file.createWritable());
    }
    return asked.embed(directory, [], [text]);
  },

  /** From what was put into the page's file input. */
  async embedFromInput(text: string): Promise<PageResult> {
    const input = document.querySelector('input');
    return asked.embed(input?.files ?? [], [], [text]);
  },
};

declare global {
  interface Window {
    readonly asked: typeof asked;
  }
}
Object.assign(window, { asked });
document.title = 'ready';
