import { InvalidOptionError } from '../src/errors.ts';
import type { ResizeRule } from '../src/image/resample-plan.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import type { Fields } from './config-fields.ts';
import { timmVitConfig } from './named-towers.ts';
import { normalization } from './normalization.ts';
import { isNamed } from './open-clip-fields.ts';
import { openClipVitConfig } from './own-towers.ts';
import { VIT_NAMES } from './tensor-names.ts';
import { axisOf, classTokens, type ImageTowerConfig, patchGrid, type Shapes } from './tower-config.ts';

/** open_clip's default. */
const DEFAULT_IMAGE_SIZE = 224;

/** Where a tower's configuration stands. */
export interface TowerFields {
  readonly model: Fields;
  readonly own: Fields;
  /** Its part of the `biomedclip_webgpu` block. */
  readonly ours: Fields;
}

/**
 * The image tower by `vision_cfg`, and by `preprocess_cfg` how images are prepared for it.
 * @param asked pixels a side, where the caller wants others than the checkpoint's
 * @throws {ConfigFieldError} @throws {InvalidOptionError} for `asked`
 */
export function imageConfig(
  { model, own: vision, ours }: TowerFields,
  preprocess: Fields,
  checkpoint: Shapes,
  asked: number | undefined,
  onWarning: OnWarning,
): ImageTowerConfig {
  const size = asked ?? sizeOfImages(vision);
  const tower = isNamed(vision, 'timm_model_name')
    ? timmVitConfig(vision, model.integer('embed_dim'), ours, checkpoint, onWarning)
    : openClipVitConfig(vision, model.flag('quick_gelu', false), checkpoint);
  const { patch } = tower;
  // Without its tensor the patch is 0, and checkTensors gives the better message.
  const siglip = classTokens(tower) === 0; // published ones of 384 pixels in patches of 14 leave 6 unread
  if (patch > 0 && (siglip && !asked ? size < patch : size % patch !== 0)) {
    const expected = `a multiple of the checkpoint's patch of ${patch}`;
    throw asked
      ? new InvalidOptionError('imageSize', expected, asked)
      : vision.error('image_size', expected, size);
  }
  const grid = gridOf(tower, checkpoint);
  const fits = patch === 0 || grid === undefined || grid === patchGrid({ size, patch });
  if (!fits && asked === undefined) {
    const meaning = `its positions are of other images; load it with imageSize: ${size} to interpolate them`;
    throw vision.error('image_size', `${grid * patch}, as the checkpoint has positions`, size, meaning);
  }
  return {
    size,
    ...tower,
    ...(!fits && { positionGrid: grid }),
    ...normalization(preprocess),
    ...resizing(preprocess),
  };
}

/** Patches a side that the checkpoint has positions for; undefined where they are missing or no square. */
function gridOf(tower: Parameters<typeof classTokens>[0], checkpoint: Shapes): number | undefined {
  const rows = axisOf(checkpoint)(VIT_NAMES[tower.kind].positions, tower.kind === 'timm' ? 1 : 0);
  const grid = Math.sqrt(rows - classTokens(tower));
  return grid >= 1 && Number.isInteger(grid) ? grid : undefined;
}

/** A side, or both where they are equal. */
function sizeOfImages(vision: Fields): number {
  const value = vision.value('image_size');
  if (!Array.isArray(value)) return vision.integer('image_size', DEFAULT_IMAGE_SIZE);
  const [height, width] = value as unknown[];
  if (value.length === 2 && height === width && Number.isSafeInteger(height) && Number(height) > 0)
    return Number(height);
  throw vision.error(
    'image_size',
    'an integer, or two that are equal',
    value,
    'other images than squares are not computed',
  );
}

/** The fields of open_clip's transform; `fill_color` is looked at where images are padded. */
function resizing(preprocess: Fields): ResizeRule {
  const interpolation = preprocess.text('interpolation', 'bicubic');
  const resizeMode = preprocess.text('resize_mode', 'shortest');
  const longest = resizeMode === 'longest';
  const fillColor = longest ? preprocess.integer('fill_color', 0, 0, 255) : 0;
  return {
    ...(interpolation === 'bilinear' && { interpolation }),
    ...((longest || resizeMode === 'squash') && { resizeMode: longest ? 'longest' : 'squash' }),
    ...(fillColor > 0 && { fillColor }),
  };
}
