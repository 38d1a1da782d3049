import { Fields } from './config-fields.ts';
import type { BertFacts } from './known-models.ts';

/**
 * What Hugging Face's `config.json` says of a BERT, with transformers' defaults (BertConfig). Undefined for that of
 * another kind of model.
 * @throws {ConfigJsonError} @throws {ConfigFieldError} for a BERT that is not computed
 */
export function parseBertJson(file: string, json: string): BertFacts | undefined {
  const fields = Fields.parse(file, json);
  if (fields.text('model_type', '') !== 'bert') return undefined;
  for (const [field, computed] of [
    ['hidden_act', ['gelu', 'gelu_python']],
    ['position_embedding_type', ['absolute']],
  ] as const) {
    const value = fields.text(field, computed[0]);
    if (!(computed as readonly string[]).includes(value))
      throw fields.error(field, `"${computed[0]}"`, value, 'open_clip builds another BERT by it');
  }
  return {
    width: fields.integer('hidden_size', 768),
    depth: fields.integer('num_hidden_layers', 12),
    heads: fields.integer('num_attention_heads', 12),
    mlpWidth: fields.integer('intermediate_size', 3072),
    eps: fields.fraction('layer_norm_eps', 1e-12),
    padding: fields.integer('pad_token_id', 0, 0),
  };
}
