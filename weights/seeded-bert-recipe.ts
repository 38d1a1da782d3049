import { textHead } from './head-layers.ts';
import { streamKey } from './random.ts';
import {
  ATTENTION_GAIN,
  addTo,
  BIAS,
  EMBEDDING,
  GELU_CENTRE,
  GELU_SPREAD,
  geluBias,
  gelus,
  MLP_GAIN,
  type OutlierChannels,
  outlierChannels,
  outlierScales,
  QK,
  type Recipe,
  residualScale,
  STEADY,
  scaled,
  setLinear,
  setNorm,
  setOutliers,
  WIDE,
} from './seeded-layers.ts';
import { BERT_NAMES } from './tensor-names.ts';
import type { BertConfig } from './tower-config.ts';

/** Those of a BERT. */
export function bertRecipes(recipes: Map<string, Recipe>, text: BertConfig, seed: number): void {
  const { width, mlpWidth, depth } = text;
  const channels = outlierChannels(width, streamKey(seed, 'text outliers'));
  const wide = new Float64Array(width).fill(1);
  wide[channels.wide] = WIDE; // a channel that every LayerNorm raises, as in trained BERTs
  const tame = wide.map((scale) => 1 / scale); // weights that read the stream divide by it
  const { embeddings } = BERT_NAMES;
  const tables = { word_embeddings: 0.7, position_embeddings: 0.35, token_type_embeddings: 0.2 };
  for (const [table, share] of Object.entries(tables)) {
    recipes.set(`${embeddings}.${table}.weight`, { std: EMBEDDING * share, columns: wide });
  }
  const sum = EMBEDDING * Math.hypot(...Object.values(tables));
  setNorm(recipes, BERT_NAMES.embeddingsNorm, scaled(wide, sum), wide);

  for (let i = 0; i < depth; i++) {
    const layer = BERT_NAMES.layer(i);
    const share = residualScale(depth);
    for (const [part, scale] of Object.entries({ query: QK, key: QK, value: 1 })) {
      setLinear(recipes, `${layer}.attention.self.${part}`, scale / Math.sqrt(width), { columns: tame });
    }
    const dense = (1.4 * share) / Math.sqrt(width);
    setLinear(recipes, `${layer}.attention.output.dense`, dense, { biasStd: BIAS * share });
    setNorm(
      recipes,
      `${layer}.attention.output.LayerNorm`,
      addTo(wide.slice(), share * ATTENTION_GAIN),
      wide,
    );
    const fc1 = { ...geluBias, columns: tame };
    setLinear(recipes, `${layer}.intermediate.dense`, GELU_SPREAD / Math.sqrt(width), fc1);
    const outliers = i === 0 ? outlierScales(channels, width) : {};
    setLinear(recipes, `${layer}.output.dense`, share / gelus(mlpWidth), {
      ...outliers,
      biasStd: BIAS * share,
    });
    const stream = addTo(wide.slice(), share * MLP_GAIN);
    if (i === 0) setOutliers(stream, channels);
    setNorm(recipes, `${layer}.output.LayerNorm`, stream, wide);
  }
  bertHeadRecipes(recipes, text, channels, tame);
}

/** What reads the last layer's rows, of a channel WIDE: BERT's pooling layer or the projection. */
function bertHeadRecipes(
  recipes: Map<string, Recipe>,
  text: BertConfig,
  { steady }: OutlierChannels,
  tame: Float64Array,
): void {
  const { width, depth, pool } = text;
  const [first, second] = textHead(text);
  const pooler = pool === 'pooler';
  // The projection has no biases: a large one of the layer before it centres its GELU instead.
  const constant = pooler ? 1.5 : STEADY;
  const large = new Map(second ? [[steady, constant]] : []);
  if (pooler) {
    const layer = { columns: tame, biasShifts: large };
    setLinear(recipes, BERT_NAMES.pooler, 1 / Math.sqrt(width), layer);
  } else if (second) {
    recipes.set(`${BERT_NAMES.layer(depth - 1)}.output.LayerNorm.bias`, { std: BIAS, shifts: large });
  }
  const columns = pooler ? undefined : tame;
  if (!first) return;
  if (!second) {
    recipes.set(`${first.name}.weight`, { std: 1 / Math.sqrt(width), columns });
    return;
  }
  const shifts = new Map([[steady, GELU_CENTRE / (pooler ? Math.tanh(constant) : constant)]]);
  recipes.set(`${first.name}.weight`, { std: GELU_SPREAD / Math.sqrt(width), columns, shifts });
  recipes.set(`${second.name}.weight`, { std: 1 / gelus(first.outputs as number) });
}
