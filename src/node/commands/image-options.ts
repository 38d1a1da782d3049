import { type Command, InvalidArgumentError } from 'commander';
import type { WindowChoice } from '../../image/source.ts';

/** Options of every command that reads images. */
export interface ImageOptions {
  readonly window?: WindowChoice;
}

export function addImageOptions(command: Command): Command {
  return command.option(
    '--window <low,high|auto>',
    '16-bit grey: the values shown black and white; auto: the least and greatest of each image (default: 0,65535)',
    windowOf,
  );
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
