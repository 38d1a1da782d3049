// Judges: the published BiomedCLIP (names, shapes, 352 tensors, 195,902,721 parameters); torch, where it is installed,
// reads the .bin that is written here.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AbortedError } from '../src/errors.ts';
import { localDirectorySink, openLocalDirectory } from '../src/node/files.ts';
import { readText } from '../src/platform/files.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { readConfig } from '../weights/config.ts';
import { crc32 } from '../weights/crc32.ts';
import { normalAt, streamKey } from '../weights/random.ts';
import { checkTensors, expectedTensors, tensorNames } from '../weights/schema.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { seededConfig } from '../weights/seeded-config.ts';
import { seededRecipes } from '../weights/seeded-recipe.ts';
import { siglipTokenizer } from '../weights/seeded-siglip.ts';
import { elementCount } from '../weights/tensor-info.ts';
import { floatPieces } from '../weights/tensor-pieces.ts';
import { MemoryDirectory, rejection } from './support/memory-files.ts';

async function tiny(format: 'safetensors' | 'bin', seed = 0) {
  const directory = new MemoryDirectory();
  await writeSeededModel(directory, { preset: 'tiny', format, seed });
  return directory;
}

test.each(['safetensors', 'bin'] as const)('tiny, %s: complete and loadable', async (format) => {
  const directory = await tiny(format);
  expect([...directory.files.keys()].sort()).toEqual(
    [
      format === 'bin' ? 'open_clip_pytorch_model.bin' : 'open_clip_model.safetensors',
      'open_clip_config.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ].sort(),
  );
  const checkpoint = await openCheckpoint(directory);
  const config = await readConfig(directory, checkpoint);
  expect(config).toMatchObject({ untrained: true, embedDim: 64 });
  expect(config.image).toMatchObject({ width: 128, depth: 2, heads: 2, patch: 16, size: 48, eps: 1e-6 });
  expect(config.text).toMatchObject({ width: 128, depth: 2, heads: 2, positions: 256, eps: 1e-12 });
  expect(checkTensors(checkpoint, config)).toEqual({ unexpected: [] });
  for (const name of tensorNames(config)) for await (const _ of floatPieces(checkpoint, name));
});

test('both formats hold the same values; another seed holds others', async () => {
  const [a, b, c] = await Promise.all([tiny('safetensors'), tiny('bin'), tiny('bin', 1)]);
  const [one, two, three] = await Promise.all([openCheckpoint(a), openCheckpoint(b), openCheckpoint(c)]);
  const name = 'text.transformer.encoder.layer.1.attention.self.key.weight';
  const bytes = await one.read(name, 0, 65536);
  expect(await two.read(name, 0, 65536)).toEqual(bytes);
  expect(await three.read(name, 0, 65536)).not.toEqual(bytes);
});

test('the same seed gives the same bytes', async () => {
  const [a, b] = await Promise.all([tiny('bin', 5), tiny('bin', 5)]);
  expect([...a.files.keys()]).toEqual([...b.files.keys()]);
  for (const [name, { bytes }] of a.files) {
    expect(Buffer.compare(bytes, b.files.get(name)?.bytes ?? new Uint8Array())).toBe(0);
  }
});

test('every float tensor has a recipe', async () => {
  const directory = await tiny('safetensors');
  const config = await readConfig(directory, await openCheckpoint(directory));
  expect([...seededRecipes(config, 0).keys()].sort()).toEqual([...tensorNames(config)].sort());
});

test('normalAt: mean 0, deviation 1, streams and neighbours independent', () => {
  const count = 200_000;
  const [a, b] = ['a', 'b'].map((name) =>
    Float64Array.from({ length: count }, (_, i) => normalAt(streamKey(1, name), i)),
  ) as [Float64Array, Float64Array];
  const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / count;
  const noise = 4 / Math.sqrt(count); // four standard errors
  expect(Math.abs(mean(a))).toBeLessThan(noise);
  expect(Math.abs(mean(a.map((x) => x * x)) - 1)).toBeLessThan(noise);
  expect(Math.abs(mean(a.map((x, i) => x * (b[i] ?? 0))))).toBeLessThan(noise);
  expect(Math.abs(mean(a.map((x, i) => x * (a[i + 1] ?? 0))))).toBeLessThan(noise);
  expect(Math.abs(mean(a.map((x) => x ** 4)) - 2.7)).toBeLessThan(0.05); // four uniforms: 3 - 6/5/4
});

test('reports progress, and stops when aborted', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const writing = writeSeededModel(new MemoryDirectory(), {
    preset: 'full',
    signal: controller.signal,
    onProgress: (done, total) => {
      seen.push(done / total);
      if (seen.length === 3) controller.abort();
    },
  });
  expect(await rejection(writing)).toBeInstanceOf(AbortedError);
  expect(seen).toHaveLength(3);
});

test("open_clip's own towers: tensors and parameters of its ViT-B-16, and its vocabulary", async () => {
  const directory = new MemoryDirectory();
  const controller = new AbortController();
  const onProgress = (_: number, total: number) => {
    expect(total / 4).toBe(149_620_737);
    controller.abort(); // the configuration and the tokenizer are written by now
  };
  const towers = { image: 'open_clip', text: 'clip' } as const;
  const writing = writeSeededModel(directory, {
    preset: 'full',
    towers,
    onProgress,
    signal: controller.signal,
  });
  expect(await rejection(writing)).toBeInstanceOf(AbortedError);
  const vocab = JSON.parse((await readText(directory, 'vocab.json')) ?? '') as Record<string, number>;
  expect(Object.keys(vocab)).toHaveLength(49_408);
  expect(vocab).toMatchObject({ '!': 0, '<|startoftext|>': 49_406, '<|endoftext|>': 49_407 });
});

test.each([
  { image: 'open_clip', text: 'clip', quickGelu: true, headWidth: 80, textModule: true },
  { image: 'open_clip', text: 'bert', withoutPreNorm: true },
  { image: 'timm', text: 'clip' },
  { image: 'open_clip', text: 'clip', layerScale: true, imageHead: { pool: 'mean', normAfterPool: true } },
  { imageHead: { pool: 'mean', proj: { kind: 'mlp', bias: true, hidden: 128 } }, linearProjection: true },
  { imageHead: { proj: { kind: 'trunk', bias: true } }, bertHead: { pool: 'pooler' } },
  { imageHead: { proj: { kind: 'none', bias: false } }, bertHead: { pool: 'pooler', proj: 'none' } },
  { siglip: 1 },
  { siglip: 2 },
] as const)('%j: complete, and every float tensor has a recipe', async (towers) => {
  const directory = new MemoryDirectory();
  await writeSeededModel(directory, { preset: 'tiny', towers });
  const checkpoint = await openCheckpoint(directory);
  const config = await readConfig(directory, checkpoint);
  expect(checkTensors(checkpoint, config)).toEqual({ unexpected: [] });
  expect([...seededRecipes(config, 0).keys()].sort()).toEqual([...tensorNames(config)].sort());
});

test.each([
  ['full', 12],
  ['wide', 2],
] as const)("SigLIP's %s size: SigLIP B/16's shapes in %i blocks", (preset, depth) => {
  const tokenizer = siglipTokenizer(1, preset === 'full');
  const config = seededConfig(preset, { siglip: 1 }, { ...tokenizer, padding: 0 });
  const sizes = { width: 768, heads: 12, mlpWidth: 3072, depth };
  expect(config).toMatchObject({ embedDim: 768, logitBias: true, text: { ...sizes, contextLength: 64 } });
  expect(config.image).toMatchObject({ ...sizes, size: 224, patch: 16, pool: 'attention' });
  if (preset === 'full') expect(config.text.vocabularySize).toBe(32_000);
  else expect(config.text.vocabularySize).toBeLessThan(1000);
});

describe('full size', () => {
  let path: string;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'biomedclip-full-'));
    await writeSeededModel(localDirectorySink(path), { preset: 'full', format: 'bin' });
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  test('has the tensors of BiomedCLIP', async () => {
    const directory = await openLocalDirectory(path);
    const checkpoint = await openCheckpoint(directory);
    const config = await readConfig(directory, checkpoint);
    expect(checkTensors(checkpoint, config)).toEqual({ unexpected: [] });
    expect(checkpoint.tensors.size).toBe(352);
    const floats = [...checkpoint.tensors.values()].filter(({ dtype }) => dtype === 'F32');
    expect(floats.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(195_902_721);
    const names = expectedTensors(config).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('visual.trunk.'))).toHaveLength(150);
    expect(
      names.filter((name) => name.startsWith('text.transformer.') && !name.endsWith('_ids')),
    ).toHaveLength(197);
    expect(config).toMatchObject({ embedDim: 512, untrained: true });
    expect(config.image).toMatchObject({
      width: 768,
      depth: 12,
      heads: 12,
      mlpWidth: 3072,
      patch: 16,
      size: 224,
    });
    expect(config.text).toMatchObject({
      vocabularySize: 30522,
      positions: 512,
      projHidden: 640,
      tokenTypes: 2,
    });
    await checkpoint.close();
  });

  test('reading all of it stays within 1.5 of the largest tensor and 64 MB of memory', async () => {
    const before = process.memoryUsage.rss();
    const checkpoint = await openCheckpoint(await openLocalDirectory(path));
    let peak = 0;
    let bytes = 0;
    for (const { name, dtype } of checkpoint.tensors.values()) {
      if (dtype !== 'F32') continue;
      for await (const { values } of floatPieces(checkpoint, name)) {
        bytes += values.byteLength;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
    }
    await checkpoint.close();
    expect(bytes).toBe(4 * 195_902_721);
    const largest = 30522 * 768 * 4;
    expect(peak - before).toBeLessThan(1.5 * largest + 64e6);
  });
});

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

test.runIf(hasTorch)('torch reads the .bin, and finds the same values', async () => {
  const path = await mkdtemp(join(tmpdir(), 'biomedclip-tiny-'));
  try {
    await writeSeededModel(localDirectorySink(path), { preset: 'tiny', format: 'bin' });
    const script = [
      'import sys, torch, zipfile, zlib, json',
      'file = sys.argv[1] + "/open_clip_pytorch_model.bin"',
      'assert zipfile.ZipFile(file).testzip() is None',
      'sd = torch.load(file)',
      'print(json.dumps({k: [str(v.dtype), list(v.shape), zlib.crc32(v.numpy().tobytes())] for k, v in sd.items()}))',
    ].join('\n');
    const output = execFileSync('/usr/bin/python3', ['-c', script, path], { encoding: 'utf8' });
    const checkpoint = await openCheckpoint(await openLocalDirectory(path));
    const ours: Record<string, unknown> = {};
    for (const { name, dtype, shape, byteLength } of checkpoint.tensors.values()) {
      const torchDtype = dtype === 'I64' ? 'torch.int64' : 'torch.float32';
      ours[name] = [torchDtype, shape, crc32(0, await checkpoint.read(name, 0, byteLength))];
    }
    await checkpoint.close();
    expect(JSON.parse(output)).toEqual(ours);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
});
