import type { ModelConfig } from './config.ts';
import { type HeadLayer, imageHead, textHead } from './head-layers.ts';
import { streamKey } from './random.ts';
import { bertRecipes } from './seeded-bert-recipe.ts';
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
  scaled,
  setLinear,
  setNorm,
  setOutliers,
} from './seeded-layers.ts';
import {
  type AttentionPoolNames,
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
import { type ClipTextConfig, classTokens, type TowerSizes } from './tower-config.ts';

/** Recipes for every float tensor of the model, by name. */
export function seededRecipes(config: ModelConfig, seed: number): ReadonlyMap<string, Recipe> {
  const recipes = new Map<string, Recipe>([[LOGIT_SCALE, { mean: Math.log(50), std: 0 }]]);
  if (config.logitBias) recipes.set(LOGIT_BIAS, { mean: -10, std: 0 });
  imageRecipes(recipes, config, seed);
  textRecipes(recipes, config, seed);
  return recipes;
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
  setHeadLayer(recipes, second, 1 / gelus(first.outputs as number)); // as the first of two has
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
  const small = (stream[0] as number) < 1;
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

/** Rows of a [3C, C] qkv weight: those of v have unit scale, not that of q and k. */
function valueRows(width: number): Float64Array {
  return new Float64Array(3 * width).fill(1).fill(1 / QK, 2 * width);
}
