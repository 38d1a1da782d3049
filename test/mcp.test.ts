// The SDK's own client talks to the command as a child process; the judge of numbers is the library.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BiomedClip, type EmbedResult, searchIndex } from '../src/index.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = ['--import', './from-source.mjs', 'bin/biomedclip-webgpu.ts', 'mcp'];
const NAMES = ['a.png', 'b.png', 'c.png', 'd.png'];
const TEXTS = ['a chest x-ray', 'a brain'];

let folder: string;
let scans: string;
let model: string[];
let client: Client;
let reference: EmbedResult;
const messages: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-mcp-'));
  scans = join(folder, 'scans');
  const paths = await writeImages(scans, NAMES);
  for (const path of paths) await utimes(path, 1e9, 1e9);
  await writeImages(join(folder, 'elsewhere'), ['secret.png']);
  await writeFile(join(folder, 'elsewhere', 'secret.txt'), 'secret');
  await mkdir(join(folder, 'empty'));
  model = (await tinyModel(folder)).options;
  client = await connect(['--folder', `scans=${scans}`, '--folder', `empty=${join(folder, 'empty')}`]);
  const loaded = await BiomedClip.load(join(folder, 'model'), { adapter: adapterOptions[1] });
  reference = await loaded.embedBatch({ images: paths, texts: TEXTS });
  loaded.destroy();
});

afterAll(async () => {
  await client?.close();
  await rm(folder, { recursive: true, force: true });
});

async function connect(options: readonly string[]): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...COMMAND, ...options, ...model, '--quiet'],
    cwd: ROOT,
    env: { ...(process.env as Record<string, string>) },
    stderr: 'pipe',
  });
  transport.stderr?.on('data', (chunk) => messages.push(String(chunk)));
  transport.onerror = (error) => messages.push(error.message);
  const made = new Client({ name: 'test', version: '1' });
  await made.connect(transport);
  await made.listTools(); // the client checks results against the schemas from now on
  return made;
}

async function call(name: string, args: Record<string, unknown>, using = client) {
  const result = await using.callTool({ name, arguments: args });
  const { content, structuredContent = {}, isError = false } = CallToolResultSchema.parse(result);
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return { content, text, isError, result: structuredContent as Record<string, unknown> };
}

const image = (name: string, of = 'scans') => ({ folder: of, image: name });

test('the tools have schemas of input and result, and say that they only read', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['list_images', 'embed', 'search', 'compare', 'zero_shot']);
  for (const { inputSchema, outputSchema, annotations } of tools) {
    expect(inputSchema.additionalProperties).toBe(false);
    expect(outputSchema?.type).toBe('object');
    expect(annotations?.readOnlyHint).toBe(true);
  }
});

test('embeddings are those of the library, bit by bit, in either encoding', async () => {
  const images = NAMES.map((name) => image(name));
  const { result } = await call('embed', { texts: TEXTS, images });
  const decoded = (result.embeddings as { embedding: string }[]).map(({ embedding }) => {
    const bytes = Buffer.from(embedding, 'base64');
    return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  });
  expect(decoded.flat()).toEqual([...reference.texts.data, ...reference.images.data]);
  const floats = await call('embed', { texts: TEXTS, images, encoding: 'float' });
  expect((floats.result.embeddings as { embedding: number[] }[]).flatMap((row) => row.embedding)).toEqual(
    decoded.flat(),
  );
});

test('search by text gives the order and cosines of the library, and links that can be read', async () => {
  const { result, content, text } = await call('search', { text: TEXTS[0], limit: 3 });
  const found = result.results as { image: string; cosine: number; uri: string }[];
  const cosines = NAMES.map((name, i) => ({ name, cosine: cosineOf(0, i) })).sort(
    (a, b) => b.cosine - a.cosine,
  );
  expect(found.map(({ image }) => image)).toEqual(cosines.slice(0, 3).map(({ name }) => name));
  for (const [i, { cosine }] of found.entries()) expect(cosine).toBeCloseTo(cosines[i]?.cosine ?? 0, 5);
  expect(result.searched).toBe(4);
  expect(text).toContain(`scans/${found[0]?.image}`);
  expect(text).toContain('untrained');
  expect(content.filter(({ type }) => type === 'resource_link')).toHaveLength(3);
  const { contents } = await client.readResource({ uri: found[0]?.uri ?? '' });
  const [read] = contents as { blob: string; mimeType: string }[];
  expect(read?.mimeType).toBe('image/png');
  expect(
    Buffer.from(read?.blob ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
});

test('searches find what the library’s index does', async () => {
  const text = TEXTS[1] ?? '';
  const { result } = await call('embed', { texts: [text], encoding: 'float' });
  const [{ embedding } = { embedding: [] }] = result.embeddings as { embedding: number[] }[];
  await using index = searchIndex();
  await index.add(reference.images, { ids: NAMES });
  const query = { data: Float32Array.from(embedding), rows: 1, dim: embedding.length };
  for (const limit of [1, 3, 4]) {
    const [hits = []] = await index.query(query, { topK: limit });
    const { results } = (await call('search', { text, limit })).result;
    expect(results).toMatchObject(hits.map(({ id, cosine }) => ({ image: id, cosine })));
  }
});

test('search by image finds the image itself first', async () => {
  const { result } = await call('search', { image: image('c.png') });
  const [first] = result.results as { image: string; cosine: number }[];
  expect(first?.image).toBe('c.png');
  expect(first?.cosine).toBeCloseTo(1, 5);
});

test('compare gives cosines, rows by columns', async () => {
  const { result } = await call('compare', { texts: TEXTS, images: [image('b.png'), image('d.png')] });
  expect(result.rows).toEqual(['scans/b.png', 'scans/d.png']);
  expect(result.columns).toEqual(TEXTS);
  for (const [i, row] of (result.cosines as number[][]).entries()) {
    for (const [j, cosine] of row.entries()) expect(cosine).toBeCloseTo(cosineOf(j, 2 * i + 1), 5);
  }
});

test('zero-shot over a folder is what the command prints', async () => {
  const labels = ['chest', 'brain', 'a skin'];
  const { result } = await call('zero_shot', { folder: 'scans', labels });
  const { stdout } = await cli(['zero-shot', scans, '--labels', labels.join(','), '--json', ...model]);
  const expected = JSON.parse(stdout).results as { labels: { label: string; probability: number }[] }[];
  const found = result.results as typeof expected;
  expect(found).toHaveLength(4);
  for (const [i, { labels }] of found.entries()) {
    for (const [j, { label, probability }] of labels.entries()) {
      expect(label).toBe(expected[i]?.labels[j]?.label);
      expect(probability).toBeCloseTo(expected[i]?.labels[j]?.probability ?? 0, 5);
    }
  }
  const counts = result.counts as { images: number }[];
  expect(counts.reduce((sum, { images }) => sum + images, 0)).toBe(4);
});

describe('only inside the folders', () => {
  test.each([
    ['../elsewhere/secret.png'],
    ['/etc/hostname.png'],
    ['a.png/../../elsewhere/secret.png'],
    ['..\\elsewhere\\secret.png'],
    ['.hidden.png'],
    ['secret.txt'],
    ['a.png\0.png'],
  ])('%j is refused', async (name) => {
    const { isError, text } = await call('embed', { images: [image(name)] });
    expect(isError).toBe(true);
    expect(text).toContain('OutsideFolderError: ');
    expect(text).toContain('scans');
    expect(text).not.toContain(folder);
  });

  test('links out of a folder are refused and said, links within it are images', async () => {
    const linked = join(folder, 'linked');
    await writeImages(linked, ['own.png']);
    await symlink(join(folder, 'elsewhere', 'secret.png'), join(linked, 'out.png'));
    await symlink(join(folder, 'elsewhere'), join(linked, 'dir'));
    await symlink(join(linked, 'own.png'), join(linked, 'same.png'));
    const other = await connect(['--folder', `linked=${linked}`, '--recursive']);
    try {
      for (const name of ['out.png', 'dir/secret.png']) {
        const { text } = await call('embed', { images: [image(name, 'linked')] }, other);
        expect(text).toContain('a link out of the folder');
        const uri = `biomedclip://images/linked/${encodeURIComponent(name)}`;
        await expect(other.readResource({ uri })).rejects.toThrow('a link out of the folder');
      }
      const { result } = await call('search', { text: 'x' }, other);
      expect((result.results as { image: string }[]).map((hit) => hit.image).sort()).toEqual([
        'own.png',
        'same.png',
      ]);
      expect(result.unreadable).toMatchObject({ count: 1, first: [{ image: 'linked/out.png' }] });
    } finally {
      await other.close();
    }
  });

  test('resources lead nowhere else', async () => {
    for (const path of [
      '..%2Felsewhere%2Fsecret.png',
      '%2e%2e/elsewhere/secret.png',
      '%2Fetc%2Fpasswd',
      '%E0%A4%A',
    ]) {
      await expect(client.readResource({ uri: `biomedclip://images/scans/${path}` })).rejects.toThrow();
    }
  });

  test('an unknown folder names those there are', async () => {
    const { text } = await call('search', { text: 'x', folders: ['__proto__'] });
    expect(text).toBe('UnknownFolderError: there is no folder "__proto__"; there are scans, empty');
  });
});

test('what is wrong with a call is a tool error that names the field or file', async () => {
  await writeFile(join(folder, 'empty', 'not.png'), 'no image');
  const bad = await call('embed', { images: [image('a.png'), image('not.png', 'empty')] });
  expect(bad.text).toContain('ImageInputError: images[1] (empty/not.png)');
  const searched = await call('search', { text: 'x', folders: ['scans', 'empty'] });
  expect(searched.result.searched).toBe(4);
  expect(searched.text).toContain('1 cannot be read:\nUnreadableImageError: empty/not.png');
  expect((await call('search', { text: 'x', image: image('a.png') })).text).toContain('either text or image');
  expect((await call('zero_shot', { folder: 'scans', labels: ['x', 'x'] })).text).toContain(
    'labels[1]: is there twice',
  );
  expect((await call('search', { text: 'x', surprise: 1 })).text).toContain('surprise');
});

test('a folder is embedded once, with progress, and kept up as files change', async () => {
  const changing = join(folder, 'changing');
  const paths = await writeImages(
    changing,
    Array.from({ length: 40 }, (_, i) => `${i}.png`),
  );
  await new Promise((resolve) => setTimeout(resolve, 2_100)); // files of a moment ago are not taken for settled
  const other = await connect(['--folder', `changing=${changing}`]);
  try {
    const searched = async () => {
      const seen: Progress[] = [];
      const { structuredContent } = await other.callTool(
        { name: 'search', arguments: { text: 'x', limit: 100 } },
        undefined,
        { onprogress: (progress) => seen.push(progress) },
      );
      return { seen, found: (structuredContent as { results: { image: string }[] }).results };
    };
    const first = await searched();
    expect(first.seen.map(({ progress, total }) => [progress, total])).toEqual([
      [32, 40],
      [40, 40],
    ]);
    expect((await searched()).seen).toEqual([]);
    await rm(paths[3] ?? '');
    await writeImages(changing, ['new.png']);
    const after = await searched();
    expect(after.seen.map(({ total }) => total)).toEqual([1]);
    const names = after.found.map(({ image }) => image);
    expect(names).toHaveLength(40);
    expect(names).toContain('new.png');
    expect(names).not.toContain('3.png');
  } finally {
    await other.close();
  }
});

test('a cancelled call ends, and the server goes on', async () => {
  const many = join(folder, 'many');
  await writeImages(
    many,
    Array.from({ length: 200 }, (_, i) => `${i}.png`),
  );
  const other = await connect(['--folder', `many=${many}`]);
  try {
    const cancel = new AbortController();
    let last = 0;
    const cancelled = other.callTool({ name: 'search', arguments: { text: 'x' } }, undefined, {
      signal: cancel.signal,
      onprogress: ({ progress }) => {
        last = progress;
        cancel.abort('enough');
      },
    });
    await expect(cancelled).rejects.toThrow('enough');
    expect(last).toBeLessThan(200);
    expect((await call('compare', { texts: TEXTS }, other)).isError).toBe(false);
  } finally {
    await other.close();
  }
});

test('stdout carries the protocol alone, and the end of stdin ends the process', async () => {
  const child = spawn(process.execPath, [...COMMAND, '--folder', `scans=${scans}`, ...model], { cwd: ROOT });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    if (out.includes('"id":2')) child.stdin.end();
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  };
  send({ id: 1, method: 'initialize', params });
  child.stdin.write('this is no JSON\n');
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/call', params: { name: 'search', arguments: { text: 'x' } } });
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
});

test('a message without end is said, and ends the process as failed', async () => {
  const child = spawn(process.execPath, [...COMMAND, ...model], { cwd: ROOT });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stdin.on('error', () => {}); // nobody reads it to its end
  child.stdin.write('x'.repeat(5_000_000));
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
  expect(said).toContain('MessageTooLongError');
});

test('a folder that is not there, or is named twice, is wrong usage', async () => {
  for (const [pair, said] of [
    ['scans', 'must be name=path'],
    ['a/b=x', 'must be name=path'],
    ['scans=/no/such', 'there is no such folder'],
  ]) {
    const { code, stderr } = await cli(['mcp', '--folder', pair ?? '', ...model]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  }
});

function cosineOf(text: number, row: number): number {
  const { texts, images } = reference;
  let sum = 0;
  for (let d = 0; d < texts.dim; d++) {
    sum += (texts.data[text * texts.dim + d] ?? 0) * (images.data[row * images.dim + d] ?? 0);
  }
  return sum;
}
