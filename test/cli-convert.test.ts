// The judges: the checkpoint reader, which other tests hold against safetensors and torch; and what was there before.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDirectorySink, openLocalDirectory } from '../src/node/files.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { fingerprintOf } from '../weights/fingerprint.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { floatPieces } from '../weights/tensor-pieces.ts';
import { cli } from './support/cli-run.ts';

let folder: string;
let source: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-convert-'));
  source = join(folder, 'source');
  await writeSeededModel(localDirectorySink(source), { preset: 'tiny', format: 'bin' });
});
afterAll(() => rm(folder, { recursive: true }));

async function tensorsOf(directory: string): Promise<Map<string, { dtype: string; values: number[] }>> {
  const checkpoint = await openCheckpoint(await openLocalDirectory(directory));
  const tensors = new Map<string, { dtype: string; values: number[] }>();
  for (const { name, dtype } of checkpoint.tensors.values()) {
    const values: number[] = [];
    if (dtype !== 'I64')
      for await (const piece of floatPieces(checkpoint, name)) values.push(...piece.values);
    tensors.set(name, { dtype, values });
  }
  await checkpoint.close();
  return tensors;
}

test('a .bin becomes safetensors with the same values, beside the same companions', async () => {
  const out = join(folder, 'f32');
  const { code, stdout } = await cli(['convert', source, '--out', out, '--json']);
  expect(code).toBe(0);
  const before = await tensorsOf(source);
  expect(JSON.parse(stdout)).toEqual({
    source,
    out,
    file: join(out, 'open_clip_model.safetensors'),
    dtype: null,
    tensors: before.size,
    bytes: (await readFile(join(out, 'open_clip_model.safetensors'))).length,
    provenance: expect.objectContaining({
      model: { name: 'source', fingerprint: await fingerprintOf(await openLocalDirectory(out)) },
    }),
  });
  expect(await tensorsOf(out)).toEqual(before);
  const companions = (await readdir(source)).filter((name) => !name.endsWith('.bin'));
  expect((await readdir(out)).sort()).toEqual([...companions, 'open_clip_model.safetensors'].sort());
  for (const name of companions) {
    expect((await readFile(join(out, name))).equals(await readFile(join(source, name)))).toBe(true);
  }
});

test('what training left, with the configuration that --config names, becomes the same directory', async () => {
  const run = join(folder, 'run');
  await mkdir(run);
  await symlink(join(source, 'open_clip_pytorch_model.bin'), join(run, 'epoch_5.pt'));
  const [without, out] = [join(folder, 'without'), join(folder, 'trained')];
  const alone = await cli(['convert', join(run, 'epoch_5.pt'), '--out', without]);
  expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('ConfigNotFoundError') });
  const config = join(source, 'open_clip_config.json');
  expect(await cli(['convert', join(run, 'epoch_5.pt'), '--config', config, '--out', out])).toMatchObject({
    code: 0,
  });
  const fingerprints = [source, out].map(async (path) => fingerprintOf(await openLocalDirectory(path)));
  expect(new Set(await Promise.all(fingerprints)).size).toBe(1);
});

test('--dtype f16 rounds matrices to f16', async () => {
  const out = join(folder, 'f16');
  expect((await cli(['convert', source, '--out', out, '--dtype', 'f16'])).code).toBe(0);
  const before = await tensorsOf(source);
  const after = await tensorsOf(out);
  const weight = 'visual.head.proj.weight';
  expect(after.get(weight)?.dtype).toBe('F16');
  expect(after.get('logit_scale')?.dtype).toBe('F32');
  for (const [i, value] of (before.get(weight)?.values ?? []).entries()) {
    const error = Math.abs((after.get(weight)?.values[i] ?? Number.NaN) - value);
    expect(error).toBeLessThanOrEqual(Math.max(2 ** -11 * Math.abs(value), 2 ** -25)); // half an ulp of f16
  }
});

test('a directory that is not empty is left alone, unless --force', async () => {
  const out = join(folder, 'full');
  await mkdir(out);
  await writeFile(join(out, 'notes.txt'), 'mine');
  const refused = await cli(['convert', source, '--out', out]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toBe(
    `OutputNotEmptyError: ${out}: is not empty; name another directory, or pass --force to write into it\n`,
  );
  expect(await readdir(out)).toEqual(['notes.txt']);
  expect((await cli(['convert', source, '--out', out, '--force'])).code).toBe(0);
  expect(await readdir(out)).toContain('open_clip_model.safetensors');
  expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('mine');
});

test('the source is never written, by whatever name', async () => {
  const before = await readdir(source);
  await symlink(source, join(folder, 'link'));
  for (const out of [source, `${source}/`, join(folder, 'link')]) {
    const { code, stderr } = await cli(['convert', source, '--out', out, '--force']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^OutputIsSourceError: .*: is the checkpoint that is converted/);
  }
  expect(await readdir(source)).toEqual(before);
});

test("another model's tokenizer in the folder would be read with the result", async () => {
  const [words, out] = [join(folder, 'words'), join(folder, 'mixed')];
  await writeSeededModel(localDirectorySink(words), { preset: 'tiny' });
  await mkdir(out);
  await rename(join(words, 'tokenizer.json'), join(out, 'tokenizer.json'));
  const { code, stderr } = await cli(['convert', words, '--out', out, '--force']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^OutputNotEmptyError: .*mixed: has tokenizer\.json, .*; remove it/);
  expect(await readdir(out)).toEqual(['tokenizer.json']);
});

test('nor the folder of a weights file, whose name may be that of the result', async () => {
  const own = join(folder, 'own');
  await writeSeededModel(localDirectorySink(own), { preset: 'tiny' });
  const file = join(own, 'open_clip_model.safetensors');
  const before = await readFile(file);
  await symlink(file, join(folder, 'link.safetensors'));
  for (const source of [file, join(folder, 'link.safetensors')]) {
    const config = join(own, 'open_clip_config.json');
    const args = ['convert', source, '--config', config, '--out', own, '--dtype', 'f16', '--force'];
    expect(await cli(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^OutputIsSourceError/) });
  }
  expect((await readFile(file)).equals(before)).toBe(true);
});

test('a weight that f16 cannot hold, and an interruption, leave nothing behind', async () => {
  const bad = join(folder, 'bad');
  await writeSeededModel(localDirectorySink(bad), { preset: 'tiny' });
  const file = join(bad, 'open_clip_model.safetensors');
  const bytes = await readFile(file);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  const [start] = header['visual.head.proj.weight'].data_offsets;
  bytes.writeFloatLE(70_000, 8 + Number(bytes.readBigUInt64LE(0)) + start + 4);
  await writeFile(file, bytes);
  const out = join(folder, 'nothing');
  const overflow = await cli(['convert', bad, '--out', out, '--dtype', 'f16']);
  expect(overflow.code).toBe(1);
  expect(overflow.stderr).toMatch(/^F16OverflowError: .*visual\.head\.proj\.weight holds 70000 at element 1/);
  expect(existsSync(out)).toBe(false);

  const interrupted = await cli(['convert', source, '--out', out], { signal: AbortSignal.abort() });
  expect(interrupted).toEqual({ code: 130, stdout: '', stderr: 'InterruptedError: interrupted by SIGINT\n' });
  expect(existsSync(out)).toBe(false);
});
