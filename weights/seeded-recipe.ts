import type { ModelConfig } from './config.ts';
import { type HeadLayer, imageHead, textHead } from './head-layers.ts';
import { streamKey } from './random.ts';
import {
  type AttentionPoolNames,
  BERT_NAMES,
  type BlocksNames,
  blockNames,
  clipTextNames,
  LOGIT_BIAS,
  LOGIT_SCALE,
  layerTensors,
  VIT_NAMES,
  type VitNames,
  vitNorm,
} from './tensor-names.ts';
import { type BertConfig, type ClipTextConfig, classTokens, type TowerSizes } from './tower-config.ts';

/**
 * How a seeded tensor is filled. With x normal, element [r, c] is `(mean + std x) * rows[r] * columns[c]`, plus
 * what `shifts` says: c is the last axis, r all others together.
 */
export interface Recipe {
  readonly mean?: number;
  readonly std: number;
  readonly rows?: Float64Array;
  readonly columns?: Float64Array;
  /** Added in every row, by column. */
  readonly shifts?: ReadonlyMap<number, number>;
}

// The scales below are chosen so that an engine's mistakes show in the embeddings:
// - The embeddings enter the first LayerNorm with a variance near 1e-5: a wrong eps changes it by percents.
// - Block 0 then puts 400 into a channel, and -300 and -100 into two more (their sum is 0). A variance summed up
//   in f16 overflows there. The norms' weights undo such scales, as trained ones do.
// - q and k have a standard deviation of 1.6, hence q.k / 8 one of 2.5: softmax is neither flat nor one-hot, and
//   a wrong scale, mask or head split moves it.
// - The MLPs work around -2.5, where the tanh approximation of GELU differs from erf's by percents of the
//   result's spread (around 0 by 0.02 %).
// - Where a mean of tokens is read, the last block takes these out again: they would make all tokens equally long, and the
//   side of the mean on which LayerNorm stands would not show.
// - Two blocks of attention and MLP add about as much as they find, so that [CLS], which starts the same for all
//   inputs, ends as different as they are. Twelve add as much together: with more, rounding errors grow from
//   block to block, or all tokens become one.
const EMBEDDING = 0.003;
const BIG = [400, -300, -100];
const WIDE = 20;
const STEADY = 10;
const QK = 1.6;
const GELU_CENTRE = -2.5;
const GELU_SPREAD = 0.5;
/** Standard deviation of gelu(x) for x around GELU_CENTRE with GELU_SPREAD. */
const GELU_STD = 0.026;
const BIAS = 0.2;
/** What attention and MLP with weights of unit scale add to a channel, biases included; by experience. */
const ATTENTION_GAIN = 0.8;
const MLP_GAIN = 1.4;

/** Recipes for every float tensor of the model, by name. */
export function seededRecipes(config: ModelConfig, seed: number): ReadonlyMap<string, Recipe> {
  const recipes = new Map<string, Recipe>([[LOGIT_SCALE, { mean: Math.log(50), std: 0 }]]);
  if (config.logitBias) recipes.set(LOGIT_BIAS, { mean: -10, std: 0 });
  imageRecipes(recipes, config, seed);
  textRecipes(recipes, config, seed);
  return recipes;
}

/** The share of every attention and MLP in the residual stream: 1 for two blocks, less for more. */
function residualScale(depth: number): number {
  return Math.min(1, Math.sqrt(2 / depth));
}

function imageRecipes(recipes: Map<string, Recipe>, { image }: ModelConfig, seed: number): void {
  const { width, patch } = image;
  const names: VitNames = VIT_NAMES[image.kind];
  const channels = outlierChannels(width, streamKey(seed, 'image outliers'));
  if (classTokens(image) === 1) recipes.set(names.clsToken, { std: EMBEDDING });
  recipes.set(names.positions, { std: EMBEDDING / 2 });
  recipes.set(`${names.patchEmbed}.weight`, { std: EMBEDDING / Math.sqrt(3 * patch * patch) });
  if (image.kind === 'timm' && !image.preNorm)
    recipes.set(`${names.patchEmbed}.bias`, { std: EMBEDDING * BIAS });

  const even = new Float64Array(width).fill(1);
  let stream = scaled(even, EMBEDDING); // the residual stream's scale, by channel
  if (names.preNorm && image.preNorm) {
    setNorm(recipes, names.preNorm, stream, even);
    stream = even.slice();
  }
  blockRecipes(recipes, names.blocks, image, channels, stream, image.pool !== undefined);
  setNorm(recipes, vitNorm(image), stream, even);
  if (image.pool === 'attention') attentionPoolRecipes(recipes, VIT_NAMES.timm.attentionPool, image);
  headRecipes(recipes, imageHead(image), width);
}

/** Pooling of even rows of unit scale: its MLP adds about as much as it finds. */
function attentionPoolRecipes(
  recipes: Map<string, Recipe>,
  names: AttentionPoolNames,
  { width, mlpWidth }: TowerSizes,
): void {
  const unit = 1 / Math.sqrt(width);
  const even = new Float64Array(width).fill(1);
  recipes.set(names.latent, { std: 1 });
  setLinear(recipes, names.q, QK * unit, {});
  setLinear(recipes, names.kv, QK * unit, { rows: new Float64Array(2 * width).fill(1).fill(1 / QK, width) });
  setLinear(recipes, names.proj, unit, {});
  setNorm(recipes, names.norm, even, even);
  setLinear(recipes, names.fc1, GELU_SPREAD * unit, geluBias);
  setLinear(recipes, names.fc2, 0.5 / gelus(mlpWidth), {});
}

/** What reads even rows of unit scale: a layer, or two around a GELU. */
function headRecipes(
  recipes: Map<string, Recipe>,
  [first, second]: readonly HeadLayer[],
  width: number,
): void {
  if (!first) return;
  if (!second) {
    if (first.transposed) recipes.set(first.name, { std: 1 / Math.sqrt(width) });
    else setHeadLayer(recipes, first, 1 / Math.sqrt(width));
    return;
  }
  setHeadLayer(recipes, first, GELU_SPREAD / Math.sqrt(width), GELU_CENTRE);
  setHeadLayer(recipes, second, 1 / gelus(first.outputs ?? width));
}

function setHeadLayer(recipes: Map<string, Recipe>, { name, bias }: HeadLayer, std: number, mean = 0): void {
  const tensors = layerTensors(name);
  recipes.set(tensors.weight, { std });
  if (bias) recipes.set(tensors.bias, { mean, std: BIAS });
}

/** Pre-norm blocks that find a stream of these scales, and leave it with others. */
function blockRecipes(
  recipes: Map<string, Recipe>,
  names: BlocksNames,
  { width, mlpWidth, depth, layerScale }: TowerSizes & { readonly layerScale?: boolean },
  channels: OutlierChannels,
  stream: Float64Array,
  takeBack = false,
): void {
  const even = new Float64Array(width).fill(1);
  const small = (stream[0] ?? 1) < 1;
  for (let i = 0; i < depth; i++) {
    const block = blockNames(names, i);
    // Block 0 of a small stream: small before norm2 too, which so tests eps as well as norm1. The outliers after it.
    const attention = i === 0 && small ? EMBEDDING : residualScale(depth);
    const mlp = i === 0 ? 1 : residualScale(depth);
    setNorm(recipes, block.norm1, stream, even);
    setLinear(recipes, block.qkv, QK / Math.sqrt(width), { rows: valueRows(width) });
    setLinear(recipes, block.proj, attention / Math.sqrt(width), { biasStd: BIAS * attention });
    addTo(stream, attention * ATTENTION_GAIN);
    setNorm(recipes, block.norm2, stream, even);
    setLinear(recipes, block.fc1, GELU_SPREAD / Math.sqrt(width), geluBias);
    const back = takeBack && i > 0 && i === depth - 1;
    const outliers =
      i === 0 ? outlierScales(channels, width) : back ? outlierScales(channels, width, -1) : {};
    setLinear(recipes, block.fc2, mlp / gelus(mlpWidth), { ...outliers, biasStd: BIAS * mlp });
    addTo(stream, mlp * MLP_GAIN);
    if (i === 0) setOutliers(stream, channels);
    if (back) for (const channel of channels.big) stream[channel] = MLP_GAIN;
    if (!layerScale) continue;
    for (const scale of [block.scale1, block.scale2]) recipes.set(scale, { mean: 1, std: 0.3 });
  }
}

function textRecipes(recipes: Map<string, Recipe>, { text }: ModelConfig, seed: number): void {
  if (text.kind === 'bert') bertRecipes(recipes, text, seed);
  else clipTextRecipes(recipes, text, seed);
}

function clipTextRecipes(recipes: Map<string, Recipe>, text: ClipTextConfig, seed: number): void {
  const { width } = text;
  const names = clipTextNames(text.prefix);
  const channels = outlierChannels(width, streamKey(seed, 'text outliers'));
  const even = new Float64Array(width).fill(1);
  const shares = { words: 0.8, positions: 0.6 };
  recipes.set(names.words, { std: EMBEDDING * shares.words });
  recipes.set(names.positions, { std: EMBEDDING * shares.positions });
  const stream = scaled(even, EMBEDDING);
  blockRecipes(recipes, names.blocks, text, channels, stream);
  setNorm(recipes, names.norm, stream, even);
  headRecipes(recipes, textHead(text), width);
}

function bertRecipes(recipes: Map<string, Recipe>, text: BertConfig, seed: number): void {
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
  recipes.set(`${second.name}.weight`, { std: 1 / gelus(first.outputs ?? width) });
}

/** The standard deviation of a sum over that many GELUs. */
function gelus(width: number): number {
  return GELU_STD * Math.sqrt(width);
}

interface OutlierChannels {
  /** Channels with the values of BIG. */
  readonly big: readonly number[];
  /** The channel with WIDE times the others' spread. */
  readonly wide: number;
  /** The channel with a large constant before the text projection. */
  readonly steady: number;
}

/** Five different channels. */
function outlierChannels(width: number, key: number): OutlierChannels {
  const step = Math.floor(width / 5);
  const [a = 0, b = 0, c = 0, wide = 0, steady = 0] = Array.from(
    { length: 5 },
    (_, i) => i * step + ((key >>> (6 * i)) % step),
  );
  return { big: [a, b, c], wide, steady };
}

/** Norm weights that bring a stream of one scale to another, channel by channel. */
function setNorm(recipes: Map<string, Recipe>, name: string, from: Float64Array, to: Float64Array): void {
  const deviation = Math.sqrt(from.reduce((sum, scale) => sum + scale * scale, 0) / from.length);
  const columns = from.map((scale, c) => (deviation * (to[c] ?? 1)) / scale);
  recipes.set(`${name}.weight`, { mean: 1, std: 0.3, columns });
  recipes.set(`${name}.bias`, { std: BIAS });
}

interface LinearScales extends Pick<Recipe, 'rows' | 'columns'> {
  readonly biasMean?: number;
  readonly biasStd?: number;
  readonly biasShifts?: ReadonlyMap<number, number>;
}

const geluBias: LinearScales = { biasMean: GELU_CENTRE, biasStd: BIAS };

function setLinear(recipes: Map<string, Recipe>, name: string, std: number, scales: LinearScales): void {
  const { weight, bias } = layerTensors(name);
  recipes.set(weight, { std, rows: scales.rows, columns: scales.columns });
  recipes.set(bias, {
    mean: scales.biasMean,
    std: scales.biasStd ?? BIAS,
    shifts: scales.biasShifts,
  });
}

/** Rows of a [3C, C] qkv weight: those of v have unit scale, not that of q and k. */
function valueRows(width: number): Float64Array {
  return new Float64Array(3 * width).fill(1).fill(1 / QK, 2 * width);
}

/** Scales of a linear layer that puts the outliers into the stream. */
function outlierScales(channels: OutlierChannels, width: number, sign = 1): LinearScales {
  const rows = new Float64Array(width).fill(1);
  if (sign > 0) rows[channels.wide] = WIDE;
  return { rows, biasShifts: new Map(channels.big.map((channel, i) => [channel, sign * (BIG[i] ?? 0)])) };
}

function setOutliers(stream: Float64Array, channels: OutlierChannels): void {
  for (const [i, channel] of channels.big.entries()) stream[channel] = Math.abs(BIG[i] ?? 0);
  stream[channels.wide] = Math.hypot(stream[channels.wide] ?? 0, WIDE);
}

/** Adds something independent of one scale to every channel. */
function addTo(stream: Float64Array, scale: number): Float64Array {
  for (const [c, before] of stream.entries()) stream[c] = Math.hypot(before, scale);
  return stream;
}

function scaled(stream: Float64Array, scale: number): Float64Array {
  return stream.map((value) => value * scale);
}
