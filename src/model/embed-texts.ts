import type { ModelConfig } from '../../weights/config.ts';
import type { EmbedInputs, SkippedInput } from '../api.ts';
import type { Embeddings, TokenStates } from '../embeddings.ts';
import { throwIfAborted } from '../errors.ts';
import type { TextTokenizer } from '../text/text-tokenizer.ts';
import { FIRST_TEXT_WINDOW, TEXT_WINDOW } from './batch-sizes.ts';
import type { EmbedSettings } from './embed-options.ts';
import { EmbeddingRows } from './embedding-rows.ts';
import { EncodeAhead } from './encode-ahead.ts';
import { InFlight } from './in-flight.ts';
import { textBatches } from './text-batches.ts';
import type { TextTower } from './text-tower.ts';
import { kindOfTextTower } from './tower-kinds.ts';

interface TextSetup {
  readonly tower: TextTower;
  readonly tokenizer: TextTokenizer;
  readonly config: ModelConfig;
}

export interface EmbeddedTexts {
  readonly embeddings: Embeddings;
  readonly tokens: TokenStates;
  readonly skipped: readonly SkippedInput[];
  readonly truncated: readonly number[];
  /** Tokens of each row, those that begin and end its text included. */
  readonly lengths: readonly number[];
}

/**
 * Tokenises and embeds all texts in packed, balanced batches; rows are in the order of the inputs. While the GPU works
 * on one batch the next is submitted and the texts after it are tokenised.
 * @throws {TextInputError} for the first that is no text, unless errors are skipped
 * @throws {NonFiniteOutputError} for the first of a batch whose output is not finite, unless errors are skipped
 */
export async function embedTexts(
  texts: NonNullable<EmbedInputs['texts']>,
  settings: EmbedSettings,
  { tower, tokenizer, config }: TextSetup,
): Promise<EmbeddedTexts> {
  const { tokensOf } = kindOfTextTower(config.text);
  const tokens = (ids: Int32Array) => tokensOf(ids, config.text, tokenizer.padding);
  const ahead = new EncodeAhead(texts, tokenizer, tokens, settings.skipErrors, settings.signal);
  const { skipped, truncated } = ahead;
  const { embedDim, text } = config;
  const sizes = { capacity: ahead.rows, dim: embedDim, width: text.width };
  const rows = new EmbeddingRows('text', sizes, settings.skipErrors);
  const inFlight = new InFlight(settings.signal);
  let done = 0;
  const report = (count: number) => {
    done += count;
    settings.onProgress?.({ kind: 'text', done, total: texts.length });
  };
  const encode = async (count: number) => {
    const before = skipped.length;
    await ahead.encode(count);
    if (skipped.length > before) report(skipped.length - before);
  };
  if (skipped.length > 0) report(skipped.length);
  await encode(FIRST_TEXT_WINDOW);
  for (let window = ahead.take(); window.length > 0; window = ahead.take()) {
    const lengths = window.map(({ tokens }) => tokens.ids.length);
    const batches = textBatches(lengths, limitsOf(tower, settings));
    for (const [i, indices] of batches.entries()) {
      throwIfAborted(settings.signal);
      const batch = indices.flatMap((index) => window[index] ?? []);
      const tokens = batch.map((text) => text.tokens);
      const { output } = await tower.submit(tokens, settings);
      output.catch(() => {}); // awaited below, unless a later text fails first
      await encode(Math.ceil((TEXT_WINDOW * (i + 1)) / batches.length));
      await inFlight.add(async () => {
        const places = batch.map(({ row, index, id, tokens }) => ({
          row,
          index,
          id,
          tokens: tokens.ids.length,
        }));
        rows.add(places, await output);
        report(batch.length);
      });
    }
  }
  await inFlight.finish();
  return {
    embeddings: rows.embeddings(),
    tokens: rows.tokens(),
    skipped: [...skipped, ...rows.skipped].sort((a, b) => a.index - b.index),
    truncated,
    lengths: rows.lengths(),
  };
}

/** Limits of a batch: the caller's number of texts, and the tokens that keep the GPU busy. */
function limitsOf({ usualTokens, maxTokens }: TextTower, { batchSize = TEXT_WINDOW }: EmbedSettings) {
  return { texts: batchSize, tokens: Math.min(usualTokens, maxTokens), mostTokens: maxTokens };
}
