// Judge: PyTorch's own encoder layers in float64 (test/golden/towers.py). What is judged here, the ONNX graphs on
// ONNX Runtime, is in turn the judge of the engine's towers.
import { afterAll, describe, expect, test, vi } from 'vitest';
import { bertModel } from '../bench/onnx/bert.ts';
import { OnnxRunError, OnnxSessionError } from '../bench/onnx/errors.ts';
import {
  BERT_MUTATIONS,
  type BertMutation,
  VIT_MUTATIONS,
  type VitMutation,
} from '../bench/onnx/mutations.ts';
import type { OnnxSession } from '../bench/onnx/onnx-session.ts';
import { createSession } from '../bench/onnx/session.ts';
import { vitModel } from '../bench/onnx/vit.ts';
import { DestroyedError } from '../src/errors.ts';
import { golden, goldenConfig, goldenTexts } from './golden/towers.ts';

const { heads, depth, imageSize, patch } = goldenConfig;
const cpu = { provider: 'cpu', threads: 1 } as const;

// float32 against float64, as a share of the largest entry (0.4 in embeddings, 5 and 35 in tokens). Seen: 2e-6.
const TOLERANCE = 1e-5;

const [projHidden] = golden('text.proj.0.weight').shape;
const vit = (mutate?: VitMutation) =>
  createSession(vitModel(golden, { heads, depth, imageSize, patch, eps: 1e-6, mutate }), cpu);
const bert = (mutate?: BertMutation) =>
  createSession(bertModel(golden, { heads, depth, eps: 1e-12, projHidden, mutate }), cpu);

const open: OnnxSession[] = [];
afterAll(async () => {
  for (const session of open) await session.release();
});
async function opened(session: Promise<OnnxSession>): Promise<OnnxSession> {
  open.push(await session);
  return session;
}

describe('image tower', () => {
  const { data: pixels } = golden('pixels');
  const reference = { embedding: golden('vit.embedding'), tokens: golden('vit.tokens') };

  test('agrees with torch, batch of 3', async () => {
    const { embedding, tokens } = await (await opened(vit())).runVit(pixels, imageSize);
    expect(embedding.dims).toEqual(reference.embedding.shape);
    expect(tokens.dims).toEqual(reference.tokens.shape);
    expect(relativeDifference(embedding.data, reference.embedding.data)).toBeLessThan(TOLERANCE);
    expect(relativeDifference(tokens.data, reference.tokens.data)).toBeLessThan(TOLERANCE);
  });

  test('agrees with torch, batch of 1', async () => {
    const session = await opened(vit());
    for (let i = 0; i < 3; i++) {
      const { embedding } = await session.runVit(row(pixels, 3, i), imageSize);
      expect(embedding.dims[0]).toBe(1);
      expect(relativeDifference(embedding.data, row(reference.embedding.data, 3, i))).toBeLessThan(TOLERANCE);
    }
  });

  test("agrees with torch in ONNX Runtime's own attention operator", async () => {
    const config = { heads, depth, imageSize, patch, eps: 1e-6, attention: 'fused' } as const;
    const embedding = await (await opened(createSession(vitModel(golden, config), cpu))).embedVit(
      pixels,
      imageSize,
    );
    expect(relativeDifference(embedding.data, reference.embedding.data)).toBeLessThan(TOLERANCE);
  });

  test.each([
    ['mean', { pool: 'mean' }],
    ['trunk', { pool: 'mean', normAfterPool: true, proj: { kind: 'trunk', bias: true } }],
    ['mlp', { proj: { kind: 'mlp', bias: true } }],
  ] as const)('agrees with torch in the head %s', async (name, head) => {
    const config = { heads, depth, imageSize, patch, eps: 1e-6, ...head };
    const embedding = await (await opened(createSession(vitModel(golden, config), cpu))).embedVit(
      pixels,
      imageSize,
    );
    expect(relativeDifference(embedding.data, golden(`vit.${name}`).data)).toBeLessThan(TOLERANCE);
  });

  test.each(VIT_MUTATIONS)('would notice %s', async (mutation) => {
    const { embedding } = await (await opened(vit(mutation))).runVit(pixels, imageSize);
    expect(worstCosine(embedding.data, reference.embedding.data, 3)).toBeLessThan(0.99999);
  });
});

describe('text tower', () => {
  const texts = goldenTexts(); // 19, 2 and 7 tokens
  const reference = { embedding: golden('bert.embedding'), tokens: golden('bert.tokens') };

  test('agrees with torch, batch of 3 with padding', async () => {
    const { embedding, tokens } = await (await opened(bert())).runBert(texts);
    expect(embedding.dims).toEqual(reference.embedding.shape);
    expect(tokens.dims).toEqual(reference.tokens.shape);
    expect(relativeDifference(embedding.data, reference.embedding.data)).toBeLessThan(TOLERANCE);
    expect(relativeDifference(tokens.data, reference.tokens.data)).toBeLessThan(TOLERANCE);
  });

  test.each([0, 40])('agrees with torch, batch of 1 padded to %i', async (padTo) => {
    const session = await opened(bert());
    for (const [i, text] of texts.entries()) {
      const { embedding, tokens } = await session.runBert([text], { padTo });
      expect(tokens.dims[1]).toBe(Math.max(text.length, padTo));
      expect(relativeDifference(embedding.data, row(reference.embedding.data, 3, i))).toBeLessThan(TOLERANCE);
    }
  });

  test("agrees with torch in ONNX Runtime's own attention operator", async () => {
    const config = { heads, depth, eps: 1e-12, projHidden, attention: 'fused' } as const;
    const embedding = await (await opened(createSession(bertModel(golden, config), cpu))).embedBert(texts);
    expect(relativeDifference(embedding.data, reference.embedding.data)).toBeLessThan(TOLERANCE);
  });

  test.each(['mean', 'max', 'pooler'] as const)('agrees with torch in pooling by %s', async (pool) => {
    const config = { heads, depth, eps: 1e-12, projHidden, pool };
    const embedding = await (await opened(createSession(bertModel(golden, config), cpu))).embedBert(texts);
    expect(relativeDifference(embedding.data, golden(`bert.${pool}`).data)).toBeLessThan(TOLERANCE);
  });

  test.each(BERT_MUTATIONS)('would notice %s', async (mutation) => {
    const { embedding } = await (await opened(bert(mutation))).runBert(texts);
    expect(worstCosine(embedding.data, reference.embedding.data, 3)).toBeLessThan(0.99999);
  });
});

describe('session', () => {
  test('a released one says so', async () => {
    const session = await bert();
    await session.release();
    await expect(session.runBert([[1, 2]])).rejects.toThrow(DestroyedError);
  });

  test('inputs of another size are a typed error, and the session lives on', async () => {
    const session = await opened(vit());
    const pixels = new Float32Array(3 * 32 * 32);
    await expect(session.runVit(pixels, 32)).rejects.toThrow(OnnxRunError);
    await expect(session.runBert([[1]])).rejects.toThrow(OnnxRunError);
    const { embedding } = await session.runVit(golden('pixels').data, imageSize);
    expect(embedding.dims[0]).toBe(3);
  });

  test('without onnxruntime-node, the error says how to install it', async () => {
    vi.doMock('onnxruntime-node', () => {
      throw new Error("Cannot find package 'onnxruntime-node'");
    });
    vi.resetModules();
    const fresh = await import('../bench/onnx/session.ts');
    const model = { bytes: new Uint8Array(), externalData: [] };
    await expect(fresh.createSession(model, cpu)).rejects.toThrow(
      'onnxruntime-node cannot be loaded; install it with: npm install --save-dev onnxruntime-node',
    );
    vi.doUnmock('onnxruntime-node');
  });

  test('a model that is none is a typed error', async () => {
    const model = { bytes: Uint8Array.of(1, 2, 3), externalData: [] };
    await expect(createSession(model, cpu)).rejects.toThrow(OnnxSessionError);
  });
});

function row(data: Float32Array, rows: number, i: number): Float32Array {
  const size = data.length / rows;
  return data.slice(i * size, (i + 1) * size);
}

/** max |a - b| / max |b|. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - at(b, i))), 0) / largest;
}

function worstCosine(a: Float32Array, b: Float32Array, rows: number): number {
  return Math.min(...Array.from({ length: rows }, (_, i) => cosine(row(a, rows, i), row(b, rows, i))));
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * at(y, i), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function at(data: Float32Array, i: number): number {
  return data[i] ?? Number.NaN;
}
