import type { FileDirectory } from '../src/platform/files.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import type { ModelConfig } from './config.ts';
import { Fields } from './config-fields.ts';
import { activationOf, partOf, readPreprocessor, readTokenizerConfig, sizesOf } from './hf-fields.ts';
import { clipImageConfig } from './hf-preprocessor.ts';
import { siglipConfig } from './hf-siglip.ts';
import { BERT_NAMES } from './tensor-names.ts';
import {
  axisOf,
  type BertConfig,
  type ClipTextConfig,
  type Shapes,
  type TextTowerConfig,
} from './tower-config.ts';

/** Which towers the checkpoint's names are of; see hf-names.ts. */
interface Towers {
  readonly image: 'timm' | 'open_clip';
  readonly text: 'bert' | 'clip';
}

/**
 * Reads transformers' `config.json` of a CLIP or SigLIP, and the files beside it that say how images and texts are prepared.
 * @param file what messages call it
 * @param checkpoint by open_clip's names
 * @throws {ConfigFieldError} for a field that is malformed, or by which transformers computes something else
 */
export async function parseHfConfig(
  file: string,
  json: string,
  directory: FileDirectory,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Promise<ModelConfig> {
  const root = Fields.parse(file, json);
  const type = root.text('model_type');
  const ours = root.object('biomedclip_webgpu', {});
  const own = { untrained: ours.flag('untrained', false) };
  if (type === 'siglip') {
    const siglip = await siglipConfig(root, directory, onWarning);
    return { name: ours.text('name', "transformers' SigLIP"), ...siglip, ...own };
  }
  if (type !== 'clip') {
    const meaning = type === 'siglip2' ? 'its images (NaFlex) have sides of any length' : undefined;
    throw root.error('model_type', '"clip" or "siglip"', type, meaning);
  }
  const bert = checkpoint.tensors.has(BERT_NAMES.words);
  const clip = await clipConfig(root, directory, checkpoint, onWarning);
  return { name: ours.text('name', `transformers' ${bert ? 'BiomedCLIP' : 'CLIP'}`), ...clip, ...own };
}

/** CLIPConfig in configuration_clip.py, whose defaults absent fields have. */
async function clipConfig(
  root: Fields,
  directory: FileDirectory,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Promise<Omit<ModelConfig, 'name' | 'untrained'>> {
  const [vision, text] = [partOf(root, 'vision_config'), partOf(root, 'text_config')];
  const towers: Towers = {
    image: checkpoint.tensors.has('visual.trunk.cls_token') ? 'timm' : 'open_clip',
    text: checkpoint.tensors.has(BERT_NAMES.words) ? 'bert' : 'clip',
  };
  const usual = "CLIP's usually are: cut to a square, OpenAI's mean and standard deviation";
  const preprocessor = await readPreprocessor(directory, usual, onWarning);
  return {
    embedDim: root.integer('projection_dim', 512),
    image: { ...imageTower(vision, towers.image), ...clipImageConfig(vision, preprocessor) },
    text: await textTower(text, root, towers.text, directory, checkpoint),
  };
}

/** Sizes with the defaults of CLIPVisionConfig. */
function imageTower(vision: Fields, kind: Towers['image']) {
  const sizes = sizesOf(vision, { width: 768, heads: 12, mlpWidth: 3072 });
  const patch = vision.integer('patch_size', 32);
  if (kind === 'open_clip') {
    return { kind, patch, ...sizes, activation: activationOf(vision, 'quick_gelu'), preNorm: true } as const;
  }
  expectGelu(vision);
  return { kind, patch, ...sizes } as const;
}

/** The same of CLIPTextConfig; a BERT has its own. */
async function textTower(
  text: Fields,
  root: Fields,
  kind: Towers['text'],
  directory: FileDirectory,
  checkpoint: Shapes,
): Promise<TextTowerConfig> {
  if (kind === 'bert') return bert(text, root, directory, checkpoint);
  const vocabularySize = text.integer('vocab_size', 49408);
  const positions = text.integer('max_position_embeddings', 77, 2);
  expectEndOfText(text, vocabularySize);
  const tower: ClipTextConfig = {
    kind,
    prefix: '',
    ...sizesOf(text, { width: 512, heads: 8, mlpWidth: 2048 }),
    activation: activationOf(text, 'quick_gelu'),
    contextLength: positions,
    vocabularySize,
    positions,
  };
  return tower;
}

/** In CLIP's vocabulary, and transformers' default for any other. */
const END_OF_TEXT = 49407;

/** transformers pools at the end token, or where its id is 2 (an old error) at the highest id, which is the same. */
function expectEndOfText(text: Fields, vocabularySize: number): void {
  const end = text.integer('eos_token_id', END_OF_TEXT, 0);
  if (end === 2 || end === vocabularySize - 1) return;
  throw text.error('eos_token_id', `the highest id, ${vocabularySize - 1}`, end, 'it pools at another token');
}

async function bert(
  text: Fields,
  root: Fields,
  directory: FileDirectory,
  checkpoint: Shapes,
): Promise<BertConfig> {
  expectGelu(text);
  expectGelu(root.object('text_projection_config', {}));
  const absolute = text.text('position_embedding_type', 'absolute');
  if (absolute !== 'absolute') throw text.error('position_embedding_type', '"absolute"', absolute);
  const axis = axisOf(checkpoint);
  const positions = text.integer('max_position_embeddings', 512, 2);
  return {
    kind: 'bert',
    ...sizesOf(text, { width: 768, heads: 12, mlpWidth: 3072, eps: 1e-12 }),
    contextLength: Math.min(positions, await longestText(directory)),
    vocabularySize: text.integer('vocab_size', 30522),
    positions,
    tokenTypes: text.integer('type_vocab_size', 2),
    padding: text.integer('pad_token_id', 0, 0),
    projHidden: axis(`${BERT_NAMES.proj.mlp[0]}.weight`, 0),
  };
}

/** What the tokenizer cuts texts to, where it says so; transformers writes 1e30 where it does not. */
async function longestText(directory: FileDirectory): Promise<number> {
  const fields = await readTokenizerConfig(directory);
  return fields?.has('model_max_length') ? fields.positive('model_max_length') : Number.POSITIVE_INFINITY;
}

/** timm's ViT and BERT have the exact GELU alone. */
function expectGelu(fields: Fields): void {
  const name = fields.text('hidden_act', 'gelu');
  if (name !== 'gelu') throw fields.error('hidden_act', '"gelu"', name);
}
