// The judge is the documentation: an option that would be ignored is wrong usage, told before any work.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from './support/cli-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unused-'));
  await mkdir(join(folder, 'embedded'));
  await writeFile(join(folder, 'embedded', 'manifest.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true }));

/** No command line here may come to a model. */
const parts = {
  loadModel: () => Promise.reject(new Error('a model was loaded')),
  defaultModel: () => Promise.reject(new Error('a model was looked for')),
};

const run = (argv: string) =>
  cli(
    argv.split(' ').map((word) => word.replace('DIR', folder)),
    parts,
  );

describe('an option that would be ignored is refused', () => {
  test.each([
    ['study DIR/embedded -o DIR/o --model m', '--model has no effect: DIR/embedded is embedded already'],
    ['study DIR/embedded -o DIR/o --dtype f16', '--dtype has no effect'],
    ['study DIR/embedded -o DIR/o --dtype f32', '--dtype has no effect'],
    ['study DIR/embedded -o DIR/o --first 3', '--first has no effect'],
    ['study DIR/embedded -o DIR/o --batch-size 3', '--batch-size has no effect'],
    ['study DIR/embedded -o DIR/o --on-error skip', '--on-error has no effect'],
    ['study DIR/embedded -o DIR/o --window auto', '--window has no effect'],
    ['tsne DIR/x.npy -o DIR/o.npy --method exact --angle 0.2', '--angle has no effect with --method exact'],
    ['similarity DIR/x.npy -o DIR/o.npy --approximate', '--approximate has no effect without --top-k'],
    [
      'similarity DIR/x.npy -o DIR/o.npy --approximate --top-k 1 --metric dot',
      '--approximate is for cosines and distances',
    ],
    ['tsne DIR/x.npy -o DIR/o.npy --seed 1', '--seed has no effect with --init pca'],
    ['gap DIR/x.npy DIR/x.npy --seed 1 --resamples 0 --permutations 0', '--seed has no effect without'],
    ['embed --captions DIR/c.csv -o DIR/o --recursive', '--recursive has no effect without a directory'],
    ['close-gap fit DIR/x.npy DIR/x.npy -o DIR/g --strength 1', '--strength needs a --method'],
    [
      'close-gap fit DIR/x.npy DIR/x.npy -o DIR/g --pair-by none --labels DIR/l',
      '--labels has no effect with --pair-by none',
    ],
    [
      'close-gap fit DIR/x.npy DIR/x.npy -o DIR/g --method shift --folds 0 --labels DIR/l',
      '--labels has no effect with --folds 0',
    ],
    ['bench towers --images-only --texts 3', '--texts has no effect with --images-only'],
    ['bench metrics --largest-ort-webgpu 3', '--largest-ort-webgpu has no effect without --ort-webgpu'],
    ['serve --token abc --without-token', '--token and --without-token: pass one of them'],
    ['serve --recursive', '--recursive has no effect without --folder'],
    ['mcp --recursive', '--recursive has no effect without --folder'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replaceAll(folder, 'DIR')).toContain(`UsageError: ${message}`);
  });

  test('while defaults, and options that are heeded, pass', async () => {
    const heeded = [
      'tsne DIR/x.npy -o DIR/o.npy --init random --seed 1',
      'tsne DIR/x.npy -o DIR/o.npy --angle 0',
    ];
    for (const argv of heeded) expect((await run(argv)).stderr).toContain('FileReadError');
  });
});

test('a misspelt option is told before one that is missing for it', async () => {
  const { code, stderr } = await run('similarity DIR/x.npy --ouf DIR/o.npy');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^UsageError: unknown option '--ouf'; did you mean --out\?; see .* similarity --help\n$/,
  );
});
