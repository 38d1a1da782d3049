import { isJsonObject } from '../src/arguments.ts';
import type { Fields } from './config-fields.ts';
import { normalization } from './normalization.ts';
import type { ImageTowerConfig } from './tower-config.ts';

/** PIL's numbers. */
const BILINEAR = 2;
const BICUBIC = 3;
const HALVES = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

type Prepared = Pick<ImageTowerConfig, 'size' | 'mean' | 'std' | 'interpolation' | 'resizeMode'>;

/**
 * How images are prepared, by transformers' `preprocessor_config.json` (CLIPImageProcessor; absent fields have its
 * defaults): resized to the tower's size by their shorter side, the middle cut out, normalised.
 * @throws {ConfigFieldError} for what is prepared in another way
 */
export function clipImageConfig(vision: Fields, preprocessor: Fields | undefined): Prepared {
  const size = vision.integer('image_size', 224);
  const patch = vision.integer('patch_size', 32);
  if (size % patch !== 0) throw vision.error('image_size', `a multiple of the patch of ${patch}`, size);
  if (preprocessor) {
    expectProcessor(preprocessor, 'CLIP');
    expectSteps(preprocessor, [
      'do_resize',
      'do_center_crop',
      'do_rescale',
      'do_normalize',
      'do_convert_rgb',
    ]);
    expectSize(preprocessor, 'size', ['shortest_edge'], size);
    expectSize(preprocessor, 'crop_size', ['height', 'width'], size);
    expectNumber(preprocessor, 'resample', BICUBIC, '3, bicubic');
    expectNumber(preprocessor, 'rescale_factor', 1 / 255, '1 / 255');
  }
  return { size, ...normalization(preprocessor, 'image_mean', 'image_std') };
}

/**
 * The same of a SiglipImageProcessor: squeezed into the tower's square, whatever the sides, and normalised.
 * @throws {ConfigFieldError} for what is prepared in another way
 */
export function siglipImageConfig(vision: Fields, preprocessor: Fields | undefined): Prepared {
  const size = vision.integer('image_size', 224);
  const patch = vision.integer('patch_size', 16);
  if (size < patch) throw vision.error('image_size', `at least the patch of ${patch}`, size); // what patches leave is not read
  const resample = preprocessor?.integer('resample', BICUBIC, 0);
  if (preprocessor) {
    expectProcessor(preprocessor, 'Siglip');
    expectSteps(preprocessor, ['do_resize', 'do_rescale', 'do_normalize', 'do_convert_rgb']);
    if (preprocessor.flag('do_center_crop', false)) throw preprocessor.error('do_center_crop', 'false', true);
    const sides = preprocessor.value('size') ?? { height: 224, width: 224 };
    if (!isJsonObject(sides)) throw preprocessor.error('size', `height and width of ${size}`, sides);
    expectSize(preprocessor, 'size', ['height', 'width'], size);
    if (resample !== BICUBIC && resample !== BILINEAR) {
      throw preprocessor.error('resample', '3, bicubic, or 2, bilinear', resample);
    }
    expectNumber(preprocessor, 'rescale_factor', 1 / 255, '1 / 255');
  }
  return {
    size,
    ...normalization(preprocessor, 'image_mean', 'image_std', HALVES),
    ...(resample === BILINEAR && { interpolation: 'bilinear' }),
    resizeMode: 'squash',
  };
}

/** Others have other defaults, and treat a number as `size` otherwise. */
function expectProcessor(fields: Fields, kind: 'CLIP' | 'Siglip'): void {
  const usual = `${kind}ImageProcessor`;
  const known = kind === 'CLIP' ? /^CLIP(?:ImageProcessor|FeatureExtractor)/ : /^SiglipImageProcessor/;
  for (const field of ['image_processor_type', 'feature_extractor_type']) {
    const name = fields.text(field, usual);
    if (!known.test(name))
      throw fields.error(field, `"${usual}"`, name, 'images are prepared in another way');
  }
}

function expectSteps(fields: Fields, steps: readonly string[]): void {
  for (const step of steps) if (!fields.flag(step, true)) throw fields.error(step, 'true', false);
}

/** A number stands for the sides that the processor has there; older files have one. */
function expectSize(fields: Fields, field: string, sides: readonly string[], size: number): void {
  const value = fields.value(field) ?? 224;
  const fits = isJsonObject(value)
    ? Object.keys(value).length === sides.length && sides.every((side) => value[side] === size)
    : value === size;
  if (!fits) throw fields.error(field, `${sides.join(' and ')} of the tower's ${size}`, value);
}

function expectNumber(fields: Fields, field: string, usual: number, expected: string): void {
  const value = fields.value(field) ?? usual;
  if (typeof value !== 'number' || Math.abs(value - usual) > 1e-9) throw fields.error(field, expected, value);
}
