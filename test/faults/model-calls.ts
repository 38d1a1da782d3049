import sharp, { type Sharp } from 'sharp';
import { BertTokenizer } from '../../src/text/bert-tokenizer.ts';
import { TextRepairError } from '../../src/text/errors.ts';
import { calls } from './calls.ts';

/** Counts what sharp decodes and encodes, once. */
export function countDecoderCalls(): void {
  const prototype = sharp.prototype as { toBuffer(...args: unknown[]): Promise<unknown> };
  const { toBuffer } = prototype;
  prototype.toBuffer = async function (this: Sharp, ...args: unknown[]) {
    const fault = calls.meet({ kind: 'decode', name: 'sharp', target: '', faults: ['damaged', 'memory'] });
    if (fault === 'damaged') throw new Error('VipsJpeg: refused by the harness');
    if (fault) throw new Error('vips_malloc: out of memory, refused by the harness');
    return toBuffer.apply(this, args);
  };
}

/** Counts the captions that the tokenizer reads, once. */
export function countTokenizerCalls(): void {
  const { prototype } = BertTokenizer;
  const { encodeInSteps } = prototype;
  prototype.encodeInSteps = function (this: BertTokenizer, caption: string) {
    const call = { kind: 'tokenize', name: 'encode', target: '', faults: ['repair', 'range'] } as const;
    const fault = calls.meet(call);
    if (fault === 'repair') throw new TextRepairError(caption.length);
    if (fault) throw new RangeError('Invalid string length'); // V8's, of a string that memory does not hold
    return encodeInSteps.call(this, caption);
  };
}
