import { type Command, InvalidArgumentError } from 'commander';
import type { WindowChoice } from '../../image/source.ts';
import { UrlNotAllowedError } from '../errors.ts';

/** Options of every command that reads images. */
export interface ImageOptions {
  readonly window?: WindowChoice;
  readonly allowUrls?: boolean;
}

export function addImageOptions(command: Command): Command {
  return addWindowOption(command).option(
    '--allow-urls',
    'fetch images at http(s) URLs, named here or in a captions file',
  );
}

export function addWindowOption(command: Command): Command {
  return command.option(
    '--window <low,high|auto>',
    '16-bit grey: the values shown black and white; auto: the least and greatest of each image (default: 0,65535)',
    windowOf,
  );
}

/**
 * A captions file from elsewhere must not make this machine send requests.
 * @param images paths and URLs
 * @throws {UrlNotAllowedError}
 */
export function expectNoUrls(images: readonly string[], { allowUrls = false }: ImageOptions): void {
  const url = images.find((image) => /^https?:/i.test(image));
  if (url !== undefined && !allowUrls) throw new UrlNotAllowedError(url);
}

function windowOf(text: string): WindowChoice {
  if (text === 'auto') return text;
  const [low = Number.NaN, high = Number.NaN, ...more] = text
    .split(',')
    .map((part) => Number(part.trim() || 'none'));
  if (more.length > 0 || !(low < high && Number.isFinite(high - low))) {
    throw new InvalidArgumentError('It must be auto, or two numbers such as 0,4095, the lower one first.');
  }
  return { low, high };
}
