// The pairs of a CSV of image,caption and if there is one label; without one the package's 89 examples.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

const EXAMPLES = fileURLToPath(import.meta.resolve('biomedclip-webgpu/examples/biomed/captions.csv'));

/** Each image's path, its caption and its subject: the label, or what the name of the file says. */
export async function readPairs(csv = EXAMPLES) {
  return parse(await readFile(csv), { from_line: 2 }).map(([file, caption, label]) => ({
    file,
    caption,
    subject: label ?? file.replace(/^\d+-|\.\w+$/g, ''),
    image: resolve(dirname(csv), file),
  }));
}
