import { InvalidOptionError } from '../src/errors.ts';
import { type FileDirectory, readText } from '../src/platform/files.ts';
import { type OnWarning, warnOnConsole } from '../src/platform/warnings.ts';
import { parseBertJson } from './bert-json.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Fields } from './config-fields.ts';
import { configText, HF_CONFIG_FILE } from './config-text.ts';
import { TokenizerNameError, UnknownFieldsError } from './errors.ts';
import { parseHfConfig } from './hf-config.ts';
import { imageConfig, type TowerFields } from './image-config.ts';
import { type BertFacts, bertFacts } from './known-models.ts';
import { bertConfig } from './named-towers.ts';
import { expectComputed, isNamed } from './open-clip-fields.ts';
import { clipTextConfig } from './own-towers.ts';
import { warnOfQuickGelu } from './quick-gelu-name.ts';
import type { Checkpoint } from './tensor-info.ts';
import type { ImageTowerConfig, Shapes, TextTowerConfig } from './tower-config.ts';

/** A model as data: everything that the engine needs besides the weights. */
export interface ModelConfig {
  readonly name: string;
  /** D, the width of an embedding. */
  readonly embedDim: number;
  readonly image: ImageTowerConfig;
  readonly text: TextTowerConfig;
  /** Whether logits have a bias: the model was trained with a sigmoid of each pair. */
  readonly logitBias?: true;
  /** Seeded weights: embeddings mean nothing, and every place that shows results says so. */
  readonly untrained: boolean;
}

/** open_clip's default. */
const DEFAULT_CONTEXT = 77;

/** What of a configuration the caller may choose. */
export interface ConfigOptions {
  /** Pixels a side, to which the positions are interpolated. */
  readonly imageSize?: number;
}

/**
 * Reads `open_clip_config.json`, or transformers' `config.json` where there is none, and from the tensors the sizes:
 * widths, depths, vocabulary, positions, patch. A top-level `biomedclip_webgpu` block (`{ name, untrained, image: { depth,
 * heads, eps, activation }, text: { depth, heads, eps, padding } }`) takes precedence over the table of known models.
 * Absent fields have open_clip's defaults. The shapes themselves are checked by `checkTensors`.
 * @param checkpoint by default the directory's, opened for this alone
 * @param onWarning called for unknown fields, for names that contradict each other, and for sizes that differ from the
 *   named model's
 * @throws {ConfigNotFoundError | ConfigJsonError}
 * @throws {ConfigFieldError} for a field that is missing, malformed, or by which open_clip computes something else
 * @throws {UnknownModelNameError} listing the known models
 * @throws {TooManyLayersError}
 */
export async function readConfig(
  directory: FileDirectory,
  checkpoint?: Checkpoint,
  onWarning: OnWarning = warnOnConsole,
  options: ConfigOptions = {},
): Promise<ModelConfig> {
  if (!checkpoint) return readConfigAlone(directory, onWarning, options);
  const { file, json, ofOpenClip } = await configText(directory);
  if (!ofOpenClip)
    return withItsSize(await parseHfConfig(file, json, directory, checkpoint, onWarning), options);
  const root = Fields.parse(file, json);
  const bert = await readBert(directory, root);
  const config = configOf(root, checkpoint, onWarning, { ...options, bert });
  warnOfQuickGelu(directory, config.image, onWarning);
  return config;
}

/** @throws {InvalidOptionError} for another size: transformers' layout has no interpolated positions yet */
function withItsSize(config: ModelConfig, { imageSize }: ConfigOptions): ModelConfig {
  const { size } = config.image;
  if (imageSize === undefined || imageSize === size) return config;
  throw new InvalidOptionError('imageSize', `${size} for a model in transformers' layout`, imageSize);
}

/** The BERT's own configuration, where its name says too little. */
async function readBert(directory: FileDirectory, root: Fields): Promise<BertFacts | undefined> {
  const text = root.object('model_cfg', {}).object('text_cfg', {});
  const name = text.text('hf_model_name', '');
  if (name === '' || bertFacts(name) || root.object('biomedclip_webgpu', {}).object('text', {}).has('eps'))
    return undefined;
  const json = await readText(directory, HF_CONFIG_FILE);
  return json === undefined ? undefined : parseBertJson(`${directory.name}/${HF_CONFIG_FILE}`, json);
}

async function readConfigAlone(
  directory: FileDirectory,
  onWarning: OnWarning,
  options: ConfigOptions,
): Promise<ModelConfig> {
  const checkpoint = await openCheckpoint(directory, onWarning);
  try {
    return await readConfig(directory, checkpoint, onWarning, options);
  } finally {
    await checkpoint.close();
  }
}

/** {@link readConfig} from the file's text; `file` is what error messages call it. */
export function parseConfig(
  file: string,
  json: string,
  checkpoint: Shapes,
  onWarning: OnWarning = warnOnConsole,
  options: ConfigOptions = {},
): ModelConfig {
  return configOf(Fields.parse(file, json), checkpoint, onWarning, options);
}

function configOf(
  root: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
  { bert, imageSize }: ConfigOptions & { readonly bert?: BertFacts },
): ModelConfig {
  const model = root.object('model_cfg');
  const vision = model.object('vision_cfg');
  const text = model.object('text_cfg');
  const preprocess = root.object('preprocess_cfg', {});
  const ours = root.object('biomedclip_webgpu', {});
  const towers = { image: ours.object('image', {}), text: ours.object('text', {}) };
  const unknown = [
    ...expectComputed({ root, model, vision, text, preprocess }, checkpoint),
    ...ours.unknown(['name', 'untrained', 'image', 'text']),
    ...towers.image.unknown(['depth', 'heads', 'eps', 'activation']),
    ...towers.text.unknown(['depth', 'heads', 'eps', 'padding']),
  ];
  if (unknown.length > 0) onWarning(new UnknownFieldsError(root.file, unknown));
  if (text.text('hf_model_name', '') !== '') warnOfTokenizer(text, onWarning);
  return {
    name: ours.text('name', nameOf(vision, text)),
    embedDim: model.integer('embed_dim'),
    image: imageConfig(
      { model, own: vision, ours: towers.image },
      preprocess,
      checkpoint,
      imageSize,
      onWarning,
    ),
    text: textConfig({ model, own: text, ours: towers.text }, checkpoint, bert, onWarning),
    ...(model.has('init_logit_bias') && { logitBias: true as const }),
    untrained: ours.flag('untrained', false),
  };
}

function warnOfTokenizer(text: Fields, onWarning: OnWarning): void {
  const [tokenizer, bert] = [text.text('hf_tokenizer_name'), text.text('hf_model_name')];
  if (tokenizer !== bert) onWarning(new TokenizerNameError(text.file, tokenizer, bert));
}

function nameOf(vision: Fields, text: Fields): string {
  return `${vision.text('timm_model_name', 'ViT')} + ${text.text('hf_model_name', 'CLIP')}`;
}

function textConfig(
  { model, own: text, ours }: TowerFields,
  checkpoint: Shapes,
  bert: BertFacts | undefined,
  onWarning: OnWarning,
): TextTowerConfig {
  const embedDim = model.integer('embed_dim');
  const tower = isNamed(text, 'hf_model_name')
    ? bertConfig(text, embedDim, ours, checkpoint, bert, onWarning)
    : clipTextConfig(text, embedDim, model.flag('quick_gelu', false), checkpoint);
  const { positions } = tower;
  const contextLength = text.integer('context_length', DEFAULT_CONTEXT, 2);
  // Without that tensor there are 0 positions, and checkTensors gives the better message. CLIP's are interpolated.
  if (tower.kind === 'bert' && positions > 0 && contextLength > positions) {
    throw text.error('context_length', `at most the checkpoint's ${positions} positions`, contextLength);
  }
  return { ...tower, contextLength };
}
