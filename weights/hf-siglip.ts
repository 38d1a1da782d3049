import type { FileDirectory } from '../src/platform/files.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import type { ModelConfig } from './config.ts';
import type { Fields } from './config-fields.ts';
import { activationOf, partOf, readPreprocessor, readTokenizerConfig, sizesOf } from './hf-fields.ts';
import { siglipImageConfig } from './hf-preprocessor.ts';
import type { ClipTextConfig, TimmVitConfig } from './tower-config.ts';

/** Defaults of SiglipVisionConfig and SiglipTextConfig. */
const USUAL = { width: 768, heads: 12, mlpWidth: 3072, eps: 1e-6 } as const;
const USUAL_GELU = 'gelu_pytorch_tanh';

/**
 * transformers' `config.json` of the type `siglip` (SiglipConfig in configuration_siglip.py, whose defaults absent fields
 * have): SigLIP, MedSigLIP, and SigLIP 2 where its images are squares.
 * @throws {ConfigFieldError} for a field that is malformed, or by which transformers computes something else
 */
export async function siglipConfig(
  root: Fields,
  directory: FileDirectory,
  onWarning: OnWarning,
): Promise<Omit<ModelConfig, 'name' | 'untrained'>> {
  const [vision, text] = [partOf(root, 'vision_config'), partOf(root, 'text_config')];
  const preprocessor = await readPreprocessor(
    directory,
    "SigLIP's usually are: squeezed into a square, mean and standard deviation of 0.5",
    onWarning,
  );
  const image = { ...imageTower(vision), ...siglipImageConfig(vision, preprocessor) };
  const embedDim = text.integer('projection_size', text.integer('hidden_size', USUAL.width));
  if (embedDim !== image.width) {
    throw text.error('projection_size', `the width of images, ${image.width}`, embedDim);
  }
  return {
    embedDim,
    image,
    text: textTower(text, await readTokenizerConfig(directory)),
    logitBias: true,
  };
}

function imageTower(vision: Fields): Omit<TimmVitConfig, 'size' | 'mean' | 'std'> {
  if (!vision.flag('vision_use_head', true)) {
    const meaning = "transformers then gives all tokens' states, no embedding";
    throw vision.error('vision_use_head', 'true', false, meaning);
  }
  const activation = activationOf(vision, USUAL_GELU);
  return {
    kind: 'timm',
    patch: vision.integer('patch_size', 16),
    ...sizesOf(vision, USUAL),
    classToken: false,
    ...(activation !== 'gelu' && { activation }),
    pool: 'attention',
    proj: { kind: 'none', bias: false },
  };
}

/** Every text is filled up to the positions, and read at the last of them; padding is seen as any token. */
function textTower(text: Fields, tokenizer: Fields | undefined): ClipTextConfig {
  const positions = text.integer('max_position_embeddings', 64, 2);
  const longest = tokenizer?.has('model_max_length') ? tokenizer.positive('model_max_length') : positions;
  if (tokenizer && longest < positions) {
    const meaning = 'transformers then reads texts at another position';
    throw tokenizer.error('model_max_length', `the ${positions} positions of texts`, longest, meaning);
  }
  return {
    kind: 'clip',
    prefix: 'text.',
    ...sizesOf(text, USUAL),
    activation: activationOf(text, USUAL_GELU),
    contextLength: positions,
    positions,
    vocabularySize: text.integer('vocab_size', 32000),
    pool: 'last',
    bidirectional: true,
    proj: 'bias',
    sentencePiece: cleaningOf(tokenizer),
  };
}

/**
 * How the tokenizer's class cleans texts: SiglipTokenizer as open_clip's `canonicalize` does, but for underscores, which
 * it drops; T5's and Gemma's not at all, unless told to lower them.
 */
function cleaningOf(tokenizer: Fields | undefined): ClipTextConfig['sentencePiece'] {
  if (!tokenizer) return 'canonicalize';
  const name = tokenizer.text('tokenizer_class', 'SiglipTokenizer');
  const kind = /^(Siglip2?|T5|Gemma)Tokenizer(?:Fast)?$/.exec(name)?.[1];
  if (!kind) {
    const expected = '"SiglipTokenizer", "Siglip2Tokenizer", "GemmaTokenizer" or "T5Tokenizer"';
    throw tokenizer.error('tokenizer_class', expected, name, 'it may clean texts in another way');
  }
  expectEnds(tokenizer);
  const lower = tokenizer.flag('do_lower_case', kind.startsWith('Siglip'));
  if (kind !== 'Siglip') return lower ? 'lower' : 'whitespace';
  if (!lower) throw tokenizer.error('do_lower_case', 'true', lower, 'texts keep their capitals');
  return 'canonicalize';
}

/** tokenizer.json is read as it is, and in published models ends texts so. */
function expectEnds(tokenizer: Fields): void {
  if (tokenizer.flag('add_bos_token', false)) throw tokenizer.error('add_bos_token', 'false', true);
  if (!tokenizer.flag('add_eos_token', true)) throw tokenizer.error('add_eos_token', 'true', false);
}
