// The judge is the command line's documentation: exit codes 0, 1 and 2, and what goes to stdout and stderr.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, writeImages } from './support/cli-run.ts';

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-usage-'));
  image = (await writeImages(folder, ['a.png']))[0] ?? '';
  await writeFile(join(folder, 'no-labels.txt'), '');
  await writeFile(join(folder, 'empty-label.txt'), 'a\n\nb\n');
  await writeFile(join(folder, 'labels.csv'), 'picture,note\n');
  await mkdir(join(folder, 'empty'));
});
afterAll(() => rm(folder, { recursive: true }));

/** In place of a model: no command line here may come so far. */
const parts = {
  loadModel: () => Promise.reject(new Error('a model was loaded')),
  defaultModel: () => Promise.reject(new Error('a model was looked for')),
};

/** Puts the paths of this run in. */
const fill = (argv: string) =>
  argv.split(' ').map((word) => word.replace('IMAGE', image).replace('DIR', folder));

test('--version and --help go to stdout', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const help = await cli(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const command of ['embed', 'zero-shot', 'convert', 'doctor'])
    expect(help.stdout).toContain(`  ${command} `);
});

test.each(['embed', 'zero-shot', 'convert', 'doctor'])('%s --help', async (command) => {
  const { code, stdout, stderr } = await cli([command, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const option of ['--json', '--quiet']) expect(stdout).toContain(option);
  if (command === 'embed' || command === 'zero-shot') {
    for (const option of ['--model', '--dtype', '--adapter']) expect(stdout).toContain(option);
  }
});

describe('wrong usage ends with 2, with nothing on stdout', () => {
  test.each([
    ['', 'Usage: biomedclip-webgpu'],
    ['fly', "UsageError: unknown command 'fly'"],
    ['help gapp', /^UsageError: unknown command 'gapp'; did you mean gap\?; see biomedclip-webgpu --help\n$/],
    [
      'help close-gap fiz',
      "UsageError: unknown command 'fiz'; did you mean fit?; see biomedclip-webgpu close-gap --help",
    ],
    [
      'close-gap help bogus',
      /^UsageError: unknown command 'bogus'; see biomedclip-webgpu close-gap --help\n$/,
    ],
    ['embed IMAGE', "UsageError: required option '-o, --out <dir>' not specified; see biomedclip-webgpu"],
    ['embed --out DIR/o', 'UsageError: nothing to embed'],
    ['embed IMAGE --out DIR/o --colour', "UsageError: unknown option '--colour'"],
    ['embed IMAGE --out DIR/o --batch-size 0', 'It must be a positive integer'],
    ['embed IMAGE --out DIR/o --batch-size 1.5', 'It must be a positive integer'],
    ['embed IMAGE --out DIR/o --batch-size many', 'It must be a positive integer'],
    ['embed IMAGE --out DIR/o --batch-size 1e21', 'It must be a positive integer'],
    ['study DIR --out DIR/o --batch-size 1e21', 'It must be a positive integer'],
    ['embed IMAGE --out DIR/o --dtype f8', 'Allowed choices are f32, f16'],
    ['embed IMAGE --out DIR/o --on-error stop', 'Allowed choices are skip, fail'],
    ['zero-shot --labels a', "UsageError: missing required argument 'images'"],
    ['zero-shot IMAGE', 'UsageError: pass either --labels "a,b,c" or --labels-file <file>'],
    ['zero-shot IMAGE --labels a --labels-file DIR/f', 'UsageError: pass either --labels'],
    ['zero-shot IMAGE --labels a,,b', 'UsageError: --labels: label 2 is empty'],
    ['zero-shot IMAGE --labels=', 'UsageError: --labels: label 1 is empty'],
    ['zero-shot IMAGE --labels a,b,a', 'UsageError: --labels: "a" is there twice'],
    ['zero-shot IMAGE --labels-file DIR/no-labels.txt', 'no-labels.txt: has no labels'],
    ['zero-shot IMAGE --labels-file DIR/empty-label.txt', 'empty-label.txt: label 2 is empty'],
    [
      'zero-shot IMAGE --labels a,b --template {} --template x',
      'UsageError: --template "x": has no {} for the label',
    ],
    ['convert --out DIR/o', "UsageError: missing required argument 'checkpoint'"],
    ['convert DIR', "UsageError: required option '-o, --out <dir>' not specified; see biomedclip-webgpu"],
    ['convert DIR --out DIR/o --dtype f64', 'Allowed choices are f32, f16'],
    ['doctor now', 'UsageError: too many arguments'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await cli(argv === '' ? [] : fill(argv), parts);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('inputs that cannot be used end with 1 and the error’s name, before a model is loaded', () => {
  test.each([
    [
      'embed DIR/no.png --out DIR/o',
      'ImageNotFoundError: DIR/no.png: no image is there; check the path or URL',
    ],
    ['embed DIR/empty --out DIR/o', 'NoImagesError: DIR/empty: has no image'],
    [
      'embed --captions DIR/no.csv --out DIR/o',
      'TextFileReadError: DIR/no.csv: cannot be read: there is no such file',
    ],
    [
      'embed --captions DIR/labels.csv --out DIR/o',
      'CaptionsHeaderError: DIR/labels.csv:1: no column is known to hold the captions',
    ],
    ['zero-shot DIR/no.png --labels a,b', 'ImageNotFoundError: DIR/no.png'],
    ['zero-shot IMAGE --labels-file DIR/no.txt', 'TextFileReadError: DIR/no.txt'],
    ['convert DIR/nothing --out DIR/o', 'DirectoryNotFoundError: DIR/nothing'],
    ['convert DIR/empty --out DIR/o', 'CheckpointNotFoundError: DIR/empty'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await cli(fill(argv), parts);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replaceAll(folder, 'DIR').slice(0, message.length)).toBe(message);
    const json = await cli([...fill(argv), '--json'], parts);
    expect({ code: json.code, stdout: json.stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(json.stderr);
    expect(`${error.name}: ${error.message}\n`).toBe(stderr);
    expect(error.exitCode).toBe(1);
  });
});

test.each([
  ['help', '--help'],
  ['help gap', 'gap --help'],
  ['help close-gap fit', 'close-gap fit --help'],
  ['close-gap help fit', 'close-gap fit --help'],
])('%s prints what %s does', async (asked, option) => {
  expect(await cli(asked.split(' '))).toEqual(await cli(option.split(' ')));
});

test('-v, -V and -h are short for --version and --help', async () => {
  for (const short of ['-v', '-V']) expect(await cli([short])).toEqual(await cli(['--version']));
  expect(await cli(['-h'])).toEqual(await cli(['--help']));
  expect(await cli(['close-gap', 'fit', '-h'])).toEqual(await cli(['close-gap', 'fit', '--help']));
});

test('wrong usage as JSON, however wrong, and -- ends the options', async () => {
  const { code, stdout, stderr } = await cli(['embed', '--outt', 'x', '--json', '-o', 'y']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({
    error: {
      name: 'UsageError',
      message: "unknown option '--outt'; did you mean --out?; see biomedclip-webgpu embed --help",
      exitCode: 2,
    },
  });
  expect((await cli(['fly', '--', '--json'])).stderr).toMatch(/^UsageError: unknown command 'fly'/);
});

test('an error in JSON has its fields and its cause', async () => {
  const { stderr } = await cli(['embed', '--captions', join(folder, 'no.csv'), '-o', folder, '--json']);
  expect(JSON.parse(stderr).error).toMatchObject({
    name: 'TextFileReadError',
    file: join(folder, 'no.csv'),
    reason: 'there is no such file',
    cause: { code: 'ENOENT' },
  });
});
