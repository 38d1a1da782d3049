// The 89 example pairs of the package: each image's URL, its caption and its subject.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const csv = import.meta.resolve('biomedclip-webgpu/examples/biomed/captions.csv');
const lines = (await readFile(fileURLToPath(csv), 'utf8')).trim().split('\n').slice(1);

export const pairs = lines.map((line) => {
  const [, file, quoted, plain] = /^([^,]+),(?:"(.*)"|(.*))$/.exec(line); // for CSV in general take a parser
  const caption = quoted?.replaceAll('""', '"') ?? plain;
  const subject = file.replace(/^\d+-|\.\w+$/g, '');
  return { file, caption, subject, image: new URL(file, csv).href };
});
