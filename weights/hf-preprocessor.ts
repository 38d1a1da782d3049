import { isJsonObject } from '../src/arguments.ts';
import type { Fields } from './config-fields.ts';
import { normalization } from './normalization.ts';
import type { ImageTowerConfig } from './tower-config.ts';

/** PIL's number for bicubic. */
const BICUBIC = 3;

/**
 * How images are prepared, by transformers' `preprocessor_config.json` (CLIPImageProcessor; absent fields have its
 * defaults): resized to the tower's size by their shorter side, the middle cut out, normalised.
 * @throws {ConfigFieldError} for what is prepared in another way
 */
export function hfImageConfig(
  vision: Fields,
  preprocessor: Fields | undefined,
): Pick<ImageTowerConfig, 'size' | 'mean' | 'std'> {
  const size = vision.integer('image_size', 224);
  const patch = vision.integer('patch_size', 32);
  if (size % patch !== 0) throw vision.error('image_size', `a multiple of the patch of ${patch}`, size);
  if (preprocessor) {
    for (const field of ['image_processor_type', 'feature_extractor_type']) expectClip(preprocessor, field);
    for (const step of ['do_resize', 'do_center_crop', 'do_rescale', 'do_normalize', 'do_convert_rgb']) {
      if (!preprocessor.flag(step, true)) throw preprocessor.error(step, 'true', false);
    }
    expectSize(preprocessor, 'size', ['shortest_edge'], size);
    expectSize(preprocessor, 'crop_size', ['height', 'width'], size);
    expectNumber(preprocessor, 'resample', BICUBIC, '3, bicubic');
    expectNumber(preprocessor, 'rescale_factor', 1 / 255, '1 / 255');
  }
  return { size, ...normalization(preprocessor, 'image_mean', 'image_std') };
}

/** Others have other defaults, and squash images where `size` is a number. */
function expectClip(fields: Fields, field: string): void {
  const name = fields.text(field, 'CLIPImageProcessor');
  if (/^CLIP(?:ImageProcessor|FeatureExtractor)/.test(name)) return;
  throw fields.error(field, '"CLIPImageProcessor"', name, 'images are prepared in another way');
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
