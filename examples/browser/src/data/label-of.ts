/** A class from an image's name, where no label is given: `12-bone-x-ray.png` is a "bone x ray". */
export function labelOf(fileName: string): string {
  const words = fileName
    .replace(/\.gz$/i, '')
    .replace(/\.[^.]+$/, '')
    .replace(/^[\d\W_]+|[\d\W_]+$/g, '')
    .replace(/[\W_]+/g, ' ');
  return words || 'no label';
}
