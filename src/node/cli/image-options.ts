import { type Command, InvalidArgumentError, Option } from 'commander';
import { IMAGE_PLANES } from '../../image/decode-options.ts';
import { type FrameChoice, frameChoice } from '../../image/frame-choice.ts';
import type { WindowChoice } from '../../image/source.ts';
import { UrlNotAllowedError } from '../errors.ts';
import { isRemote } from '../image-address.ts';
import type { FrameOptions } from '../image-frames.ts';
import { naturalNumber, numberWithin, positiveInteger, positiveNumber } from './number-options.ts';

/** Options of every command that reads images. */
export interface ImageOptions extends FrameOptions {
  readonly window?: WindowChoice;
  readonly allowUrls?: boolean;
}

export function addImageOptions(command: Command): Command {
  return addFrameOptions(addWindowOption(command)).option(
    '--allow-urls',
    'fetch images at http(s) URLs and in buckets (s3://), named here or in a captions file',
  );
}

function addFrameOptions(command: Command): Command {
  return command
    .option('--frames <which>', `of DICOM files: ${WHICH} (default: first)`, framesOption)
    .option('--pages <which>', 'of TIFFs: the same (default: first)', framesOption)
    .option('--slices <which>', 'of volumes (NIfTI): the same (default: middle)', framesOption)
    .addOption(new Option('--plane <plane>', 'of volumes (default: axial)').choices(IMAGE_PLANES));
}

const WHICH = 'all, first, middle, or numbers from 1 such as 1,4-9,20-:5';

function framesOption(text: string): FrameChoice {
  const choice = frameChoice(text);
  if (choice) return choice;
  throw new InvalidArgumentError(`It must be ${WHICH}.`);
}

/** How whole slides are cut into squares, for commands that take images from anywhere. */
export function addTileOptions(command: Command): Command {
  return command
    .option(
      '--tile-size <pixels>',
      'cuts whole slides into squares of that side (default: 256)',
      positiveInteger,
    )
    .option('--tile-stride <pixels>', 'from a square to the next (default: the side)', positiveInteger)
    .option('--level <n>', 'of slides, 0 the finest (default: 0)', naturalNumber)
    .option(
      '--mpp <micrometres>',
      'the coarsest level whose pixels are no larger, instead of --level',
      positiveNumber,
    )
    .addOption(
      new Option(
        '--tissue <mask>',
        'squares with tissue by Otsu’s threshold, or all (default: otsu)',
      ).choices(['otsu', 'none']),
    )
    .option('--min-tissue <share>', 'tissue that a square must have (default: 0.5)', numberWithin(0, 1));
}

export function addWindowOption(command: Command): Command {
  return command.option(
    '--window <low,high|auto|dicom>',
    'the values shown black and white, of 16-bit grey, DICOM and volumes; auto: by the values of each image; dicom: as the file says (default: dicom, else 0,65535)',
    windowOf,
  );
}

/**
 * A captions file from elsewhere must not make this machine send requests.
 * @param images paths and URLs
 * @throws {UrlNotAllowedError}
 */
export function expectNoUrls(images: readonly string[], { allowUrls = false }: ImageOptions): void {
  const url = images.find(isRemote);
  if (url !== undefined && !allowUrls) throw new UrlNotAllowedError(url);
}

function windowOf(text: string): WindowChoice {
  if (text === 'auto' || text === 'dicom') return text;
  const [low = Number.NaN, high = Number.NaN, ...more] = text
    .split(',')
    .map((part) => Number(part.trim() || 'none'));
  if (more.length > 0 || !(low < high && Number.isFinite(high - low))) {
    throw new InvalidArgumentError(
      'It must be auto, dicom, or two numbers such as 0,4095, the lower one first.',
    );
  }
  return { low, high };
}
