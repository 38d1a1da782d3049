import type { ByteSource } from '../src/platform/files.ts';
import { NotWeightsError } from './errors.ts';

/** What a weights file begins with, in Latin-1. */
const SIGNATURES: readonly { begins: RegExp | string; is: string; advice: string }[] = [
  {
    begins: /^version https:\/\/git-lfs/,
    is: 'a Git LFS pointer, which stands for the file',
    advice: 'run git lfs pull, or download the file itself',
  },
  {
    begins: /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|\?xml)/i,
    is: 'a web page',
    advice: 'download the file itself; it may need a login, or its terms to be accepted',
  },
  { begins: '\x1f\x8b', is: 'packed by gzip', advice: 'unpack it: gunzip' },
  { begins: '\x93NUMPY', is: 'a NumPy array', advice: 'save the weights by torch.save or safetensors' },
  { begins: '\x89HDF', is: 'an HDF5 file, as Keras writes', advice: 'take the weights for PyTorch' },
  { begins: 'GGUF', is: 'a GGUF file of llama.cpp', advice: 'take the weights for PyTorch' },
  { begins: /^.{257}ustar/s, is: 'a tar archive', advice: 'unpack it' },
];
const HEAD_BYTES = 4096;
/** A pickle of protocol 2 that begins with torch's magic number, as torch.save wrote before 1.6. */
const LEGACY_TORCH = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';

/**
 * How a weights file is to be read, by what is in it: its name may say something else.
 * @throws {NotWeightsError} for an empty file, a page, a pointer and other things that lie under such names
 */
export async function kindOfWeights(source: ByteSource): Promise<'safetensors' | 'torch-zip'> {
  if (source.size === 0) throw new NotWeightsError(source.name, 'empty', 'download it again');
  const bytes = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const head = String.fromCharCode(...bytes);
  if (/^.{4}\0{4}\{/s.test(head)) return 'safetensors'; // first: a header's length may look like another signature
  const other = SIGNATURES.find(({ begins }) =>
    typeof begins === 'string' ? head.startsWith(begins) : begins.test(head),
  );
  if (other) throw new NotWeightsError(source.name, other.is, other.advice);
  const namedSafetensors = /^[^?]*\.safetensors(?:\?|$)/.test(source.name);
  if (head.startsWith('PK')) {
    if (!namedSafetensors) return 'torch-zip';
    throw new NotWeightsError(source.name, 'a zip archive, as torch.save writes', 'name it .bin or .pt');
  }
  if (head.startsWith('\x80') && !head.startsWith(LEGACY_TORCH.slice(0, source.size))) {
    throw new NotWeightsError(source.name, pickleOf(head), 'save the weights by torch.save');
  }
  if (isText(bytes)) {
    const start = JSON.stringify(head.slice(0, 40));
    throw new NotWeightsError(source.name, `text that begins with ${start}`, 'download the file itself');
  }
  return namedSafetensors ? 'safetensors' : 'torch-zip'; // whose readers say what is wrong
}

function pickleOf(head: string): string {
  return `a pickle${head.includes('numpy') ? ' of NumPy arrays' : ''} that torch.save did not write`;
}

/** The upper half of a safetensors header's length is 0, which no text holds. */
function isText(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 8 &&
    bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
  );
}
