// The judge is the documentation: no command overwrites a file without --force, study goes on in its own folder without.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeNpy } from '../src/node/npy.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';

let folder: string;
let modelOptions: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'force-'));
  modelOptions = (await tinyModel(folder)).options;
  await writeImages(folder, ['a.png', 'b.png', 'c.png']);
  await writeFile(join(folder, 'pairs.csv'), 'image,caption\na.png,one\nb.png,two\nc.png,three\n');
  await writeFile(join(folder, 'others.csv'), 'image,caption\na.png,four\nb.png,five\nc.png,six\n');
  const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * i));
  await writeNpy(join(folder, 'x.npy'), { shape: [12, 2], data });
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
