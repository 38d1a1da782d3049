import type { ModelConfig } from '../weights/config.ts';
import type { EmbedInputs, SkippedInput } from './api.ts';
import type { TextTower } from './bert/text-tower.ts';
import type { EmbedSettings } from './embed-options.ts';
import { EmbeddingRows } from './embedding-rows.ts';
import type { Embeddings, TokenStates } from './embeddings.ts';
import { throwIfAborted } from './errors.ts';
import { TextInputError } from './input-errors.ts';
import type { ClipTokenizer } from './text/tokenizer.ts';

interface TextSetup {
  readonly tower: TextTower;
  readonly tokenizer: ClipTokenizer;
  readonly config: ModelConfig;
}

export interface EmbeddedTexts {
  readonly embeddings: Embeddings;
  readonly tokens: TokenStates;
  readonly skipped: readonly SkippedInput[];
  readonly truncated: readonly number[];
}

interface Encoded {
  readonly id: string;
  readonly ids: Int32Array;
}

/** Tokenises all texts, then embeds them in packed batches, in order. */
export async function embedTexts(
  texts: NonNullable<EmbedInputs['texts']>,
  settings: EmbedSettings,
  { tower, tokenizer, config }: TextSetup,
): Promise<EmbeddedTexts> {
  const skipped: SkippedInput[] = [];
  const truncated: number[] = [];
  const encoded: Encoded[] = [];
  for (const [index, input] of texts.entries()) {
    const id = (typeof input === 'object' ? input?.id : undefined) ?? String(index);
    try {
      const encoding = tokenizer.encode(textOf(input, index));
      if (encoding.truncated) truncated.push(index);
      encoded.push({ id, ids: encoding.ids });
    } catch (error) {
      if (!settings.skipErrors || !(error instanceof TextInputError)) throw error;
      skipped.push({ kind: 'text', index, id, error });
    }
  }
  const rows = new EmbeddingRows();
  let done = skipped.length;
  if (done > 0) settings.onProgress?.({ kind: 'text', done, total: texts.length });
  for (const batch of packBatches(encoded, settings.batchSize, tower.maxTokens)) {
    throwIfAborted(settings.signal);
    const ids = batch.map((text) => text.ids);
    const { embedding, tokens } = await tower.embed(ids, settings);
    rows.add(
      batch.map((text) => text.id),
      ids.map((tokenIds) => tokenIds.length),
      embedding,
      tokens,
    );
    done += batch.length;
    settings.onProgress?.({ kind: 'text', done, total: texts.length });
  }
  return {
    embeddings: rows.embeddings(config.embedDim),
    tokens: rows.tokens(config.text.width),
    skipped,
    truncated,
  };
}

function textOf(input: unknown, index: number): string {
  const text = typeof input === 'object' && input !== null && 'text' in input ? input.text : input;
  if (typeof text !== 'string') throw new TextInputError(index, text);
  return text;
}

/** At most `batchSize` texts and `maxTokens` tokens a batch. */
function packBatches(texts: readonly Encoded[], batchSize: number, maxTokens: number): Encoded[][] {
  const batches: Encoded[][] = [];
  let tokens = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    tokens += text.ids.length;
    if (last && last.length < batchSize && tokens <= maxTokens) last.push(text);
    else {
      batches.push([text]);
      tokens = text.ids.length;
    }
  }
  return batches;
}
