// The judge is the documentation: no command overwrites a file without --force, study goes on in its own folder without.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../src/node/commands/run-cli.ts';
import { writeNpy } from '../src/node/npy.ts';
import { adapterOptions, Captured, cli, tinyModel, writeImages } from './support/cli-run.ts';

let folder: string;
let modelOptions: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'force-'));
  modelOptions = (await tinyModel(folder)).options;
  await writeImages(folder, ['a.png', 'b.png', 'c.png']);
  await writeFile(join(folder, 'pairs.csv'), 'image,caption\na.png,one\nb.png,two\nc.png,three\n');
  await writeFile(join(folder, 'texts.csv'), 'id,caption\n1,one\n');
  await writeFile(join(folder, 'others.csv'), 'image,caption\na.png,four\nb.png,five\nc.png,six\n');
  const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * i));
  await writeNpy(join(folder, 'x.npy'), { shape: [12, 2], data });
  await writeNpy(join(folder, 'y.npy'), { shape: [12, 2], data: data.map((value, i) => value + i) });
  await mkdir(join(folder, 'there'));
  for (const name of [
    'images.npy',
    'report.html',
    'sweep.csv',
    'model.safetensors',
    'x.csv',
    'y.json',
    'z.safetensors',
  ])
    await writeFile(join(folder, 'there', name), 'kept');
});
afterAll(() => rm(folder, { recursive: true }));

const fill = (argv: string) => argv.split(' ').map((word) => word.replace('DIR', folder));

describe('what is there is kept, before any work', () => {
  test.each([
    ['embed DIR/a.png -o DIR/there', 'images.npy'],
    ['study DIR/pairs.csv -o DIR/there', 'report.html'],
    ['similarity DIR/x.npy -o DIR/there/x.csv', 'x.csv'],
    ['tsne DIR/x.npy --perplexity 3 -o DIR/there/x.csv', 'x.csv'],
    ['gap DIR/x.npy DIR/x.npy -o DIR/there/x.csv', 'x.csv'],
    ['close-gap fit DIR/x.npy DIR/x.npy -o DIR/there/z.safetensors', 'z.safetensors'],
    ['close-gap apply DIR/there/z.safetensors --images DIR/x.npy -o DIR/there', 'images.npy'],
    ['close-gap sweep DIR/x.npy DIR/x.npy -o DIR/there', 'sweep.csv'],
    ['close-gap sweep DIR/x.npy DIR/x.npy -o DIR/there/y.json', 'y.json'],
    ['bench start -o DIR/there/y.json', 'y.json'],
  ])('%s', async (argv, name) => {
    const loadModel = vi.fn();
    const result = await cli(fill(argv), { loadModel, defaultModel: async () => join(folder, 'model') });
    const path = join(folder, 'there', name);
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: `OutputExistsError: ${path}: exists already; pass --force to overwrite it, or name another --out\n`,
    });
    expect(loadModel).not.toHaveBeenCalled();
    expect(await readFile(path, 'utf8')).toBe('kept');
  });

  test('convert, whatever is in the directory', async () => {
    const result = await cli(fill('convert DIR/model -o DIR/there'));
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^OutputNotEmptyError: .*pass --force/);
    expect(await readFile(join(folder, 'there', 'model.safetensors'), 'utf8')).toBe('kept');
  });
});

test.each([
  ['similarity DIR/x.npy -o DIR/x.npy --force', 'DIR/x.npy'],
  ['gap DIR/y.npy DIR/x.npy -o DIR/link.npy --force', 'DIR/link.npy'],
  [
    'close-gap fit DIR/x.npy DIR/x.npy --groups DIR/there/x.csv -o DIR/there/x.csv --force',
    'DIR/there/x.csv',
  ],
  ['gap DIR/there -o DIR/there/images.npy --force', 'DIR/there/images.npy'],
  ['close-gap apply DIR/z --images DIR/there/images.npy -o DIR/there --force', 'DIR/there/images.npy'],
])('an input is never overwritten: %s', async (argv, name) => {
  await rm(join(folder, 'link.npy'), { force: true });
  await symlink(join(folder, 'x.npy'), join(folder, 'link.npy'));
  const path = name.replace('DIR', folder);
  const before = await readFile(path);
  const result = await cli(fill(argv));
  const stderr = `OutputIsInputError: ${path}: is an input of this command; name another --out\n`;
  expect(result).toEqual({ code: 1, stdout: '', stderr });
  expect(await readFile(path)).toEqual(before);
});

describe('a file that comes while a command works stays', () => {
  test.each([
    ['similarity - -o DIR/late/o.csv', 'o.csv', 'x.npy'],
    ['tsne - --perplexity 3 -o DIR/late/o.npy', 'o.npy', 'x.npy'],
    ['gap - DIR/x.npy -o DIR/late/o.csv --resamples 0 --permutations 0', 'o.csv', 'x.npy'],
    [
      'close-gap fit - DIR/y.npy --folds 0 --method shift -o DIR/late/o.safetensors',
      'o.safetensors',
      'x.npy',
    ],
    ['close-gap sweep - DIR/y.npy --no-heads -o DIR/late/o.csv', 'o.csv', 'x.npy'],
    ['embed --captions - -o DIR/late MODEL', 'manifest.json', 'texts.csv'],
  ])('%s', async (argv, name, input) => {
    const words = argv.endsWith(' MODEL')
      ? [...fill(argv.slice(0, -6)), ...modelOptions]
      : [...fill(argv), ...adapterOptions];
    const late = join(folder, 'late', name);
    await rm(join(folder, 'late'), { recursive: true, force: true });
    async function* stdin() {
      await mkdir(join(folder, 'late'));
      await writeFile(late, 'another’s'); // the command has looked by now
      yield await readFile(join(folder, input));
    }
    const io = { stdin: Readable.from(stdin()), stdout: new Captured(), stderr: new Captured() };
    expect([await runCli(words, io), io.stdout.text]).toEqual([1, '']);
    expect(io.stderr.text).toContain(
      `OutputExistsError: ${late}: exists already, and was not there when this command`,
    );
    expect(await readdir(join(folder, 'late'))).toEqual([name]);
    expect(await readFile(late, 'utf8')).toBe('another’s');
  });
});

test('--force overwrites, with the same command twice', async () => {
  const argv = [...fill('similarity DIR/x.npy -o DIR/forced.csv'), ...adapterOptions];
  expect((await cli(argv)).code).toBe(0);
  expect((await cli(argv)).code).toBe(1);
  expect((await cli([...argv, '--force'])).code).toBe(0);
});

test('study goes on in its own folder, and leaves another’s alone', async () => {
  const study = (csv: string, ...more: string[]) =>
    cli([...fill(`study DIR/${csv} -o DIR/study --max-iter 250`), ...more, ...modelOptions]);
  expect((await study('pairs.csv')).code).toBe(0);
  const again = await study('pairs.csv');
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('are used again');
  const before = await readdir(join(folder, 'study'), { recursive: true });
  const other = await study('others.csv');
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toMatch(
    /OutputExistsError: .*study\.json: exists already, and is of .*pairs\.csv, not of/,
  );
  await writeFile(join(folder, 'pairs.csv'), 'image,caption\na.png,four\nb.png,five\nc.png,six\n');
  const changed = await study('pairs.csv');
  expect(changed.code).toBe(1);
  expect(changed.stderr).toMatch(
    /OutputExistsError: .*images\.npy: .*used again: they are of other pairs; pass --force/,
  );
  expect(await readdir(join(folder, 'study'), { recursive: true })).toEqual(before);
  expect((await study('others.csv', '--force')).code).toBe(0);
});
