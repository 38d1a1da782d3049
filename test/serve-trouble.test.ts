// What befalls a server: a GPU that is lost, uploads that hang, folders that go, signals, and packages that are missing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DeviceLimitError, GpuOutOfMemoryError } from '../src/device/errors.ts';
import { BiomedClip } from '../src/index.ts';
import type { ModelOnGpu } from '../src/model/model-on-gpu.ts';
import { InfoResponse } from '../src/node/services/http-shapes.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { type Running, serve } from './support/serve-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const JSON_TYPE = { 'Content-Type': 'application/json' };

let folder: string;
let model: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-trouble-'));
  model = (await tinyModel(folder)).options;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function post({ url }: Running, path: string, body: unknown) {
  const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) };
  const response = await fetch(url + path, init);
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

test('a lost GPU: requests get 503, and /health does not say ok', async () => {
  const gpu = await openWebGpu(adapterOptions[1], []);
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  const loadModel = (source: string) => BiomedClip.load(source, { device });
  const server = await serve(model, { loadModel });
  try {
    const health = async () => {
      const response = await fetch(`${server.url}/health`);
      return { status: response.status, json: JSON.parse(await response.text()) };
    };
    expect(await health()).toEqual({ status: 200, json: { status: 'ok' } });
    device?.destroy();
    await device?.lost;
    expect(await health()).toMatchObject({ status: 503, json: { title: 'DeviceLostError' } });
    const { status, json } = await post(server, '/embeddings', { texts: ['x'] });
    expect({ status, title: json.title }).toEqual({ status: 503, title: 'DeviceLostError' });
    expect(await health()).toMatchObject({ status: 503 });
  } finally {
    await server.stop();
  }
});

test('a lost GPU that can be opened again: the next request loads the model, and while it cannot be loaded 503', async () => {
  const loaded: Awaited<ReturnType<typeof BiomedClip.load>>[] = [];
  const loadModel = async (source: string) => {
    const one = await BiomedClip.load(source, { adapter: adapterOptions[1], onWarning: () => {} });
    loaded.push(one);
    return one;
  };
  const server = await serve(model, { loadModel });
  try {
    const before = await post(server, '/embeddings', { texts: ['x'] });
    const [{ on } = { on: undefined }] = loaded as unknown as { readonly on: ModelOnGpu }[];
    on?.gpu.device.destroy();
    await rename(join(folder, 'model'), join(folder, 'away'));
    expect(await post(server, '/embeddings', { texts: ['x'] })).toMatchObject({
      status: 503,
      json: { title: 'ModelReloadError' },
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
    await rename(join(folder, 'away'), join(folder, 'model'));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await post(server, '/embeddings', { texts: ['x'] })).json).toEqual(before.json);
  } finally {
    await server.stop();
  }
});

test('a full GPU: 503 that says when to come back, and what can never fit 413', async () => {
  const loaded = await BiomedClip.load(join(folder, 'model'), { adapter: adapterOptions[1] });
  const embedBatch = vi.spyOn(loaded, 'embedBatch');
  const server = await serve(model, { loadModel: async () => loaded });
  try {
    embedBatch.mockRejectedValueOnce(new GpuOutOfMemoryError('embed', 'no room', 'ask for less'));
    const { status, headers, json } = await post(server, '/embeddings', { texts: ['x'] });
    expect({ status, title: json.title, after: headers.get('Retry-After') }).toEqual({
      status: 503,
      title: 'GpuOutOfMemoryError',
      after: '5',
    });
    embedBatch.mockRejectedValueOnce(new DeviceLimitError('vectors', 10, 5, 'use fewer'));
    const never = await post(server, '/embeddings', { texts: ['x'] });
    expect({ status: never.status, title: never.json.title }).toEqual({
      status: 413,
      title: 'DeviceLimitError',
    });
    expect((await post(server, '/embeddings', { texts: ['x'] })).status).toBe(200);
  } finally {
    await server.stop();
  }
});

test('uploads that hang give their places back, long before requests time out', async () => {
  const server = await serve([...model, '--concurrency', '2', '--queue', '4', '--upload-timeout', '1']);
  const hanging = [send(server, 'Content-Length: 100'), send(server, 'Transfer-Encoding: chunked')];
  try {
    const state = async () => JSON.parse(await (await fetch(`${server.url}/info`)).text()).queue.running;
    await expect.poll(state).toBe(2);
    expect((await post(server, '/similarity', { a: { vectors: [[1]] } })).status).toBe(200);
    for (const { answer } of hanging) {
      expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(await answer).toContain('"title":"UploadTimeoutError"');
    }
    await expect.poll(state).toBe(0);
  } finally {
    for (const { socket } of hanging) socket.destroy();
    await server.stop();
  }
});

/** A request whose body never comes; the answer is all until the server closes the connection. */
function send({ url }: Running, length: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `POST /similarity HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`,
  );
  const answer = (async () => {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  })();
  answer.catch(() => {}); // judged later
  return { socket, answer };
}

test('folders that go, or become a file, are named without their place, and may come back', async () => {
  const scans = join(folder, 'scans');
  await writeImages(scans, ['a.png', 'b.png']);
  const server = await serve([...model, '--folder', `scans=${scans}`]);
  const search = () => post(server, '/search', { text: 'x' });
  try {
    expect((await search()).json.searched).toBe(2);
    await rename(scans, join(folder, 'elsewhere'));
    const gone = await search();
    expect(gone).toMatchObject({ status: 404, json: { title: 'FolderGoneError' } });
    expect(JSON.stringify(gone)).not.toContain(folder);
    await writeFile(scans, 'no folder');
    expect(await search()).toMatchObject({ status: 404, json: { title: 'FolderGoneError' } });
    await rm(scans);
    await rename(join(folder, 'elsewhere'), scans);
    await rm(join(scans, 'a.png'));
    const { json } = await search();
    expect(json.hits.map(({ image }: { image: string }) => image)).toEqual(['b.png']);
  } finally {
    await server.stop();
  }
});

test.skipIf(process.platform !== 'linux')('a name that is no UTF-8 is listed as unreadable', async () => {
  const odd = join(folder, 'odd');
  const [path = ''] = await writeImages(odd, ['a.png']);
  await rename(path, Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0xff]), Buffer.from('.png')]));
  await writeImages(odd, ['good.png']);
  const server = await serve([...model, '--folder', `odd=${odd}`]);
  try {
    const { json } = await post(server, '/search', { text: 'x' });
    expect(json).toMatchObject({ searched: 1, unreadable: [{ folder: 'odd', image: '\uFFFD.png' }] });
    expect(JSON.stringify(json)).not.toContain(folder);
  } finally {
    await server.stop();
  }
});

test('GET /info is what the document says', async () => {
  const server = await serve(model);
  try {
    const info = JSON.parse(await (await fetch(`${server.url}/info`)).text());
    expect(InfoResponse.parse(info)).toEqual(info);
  } finally {
    await server.stop();
  }
});

test.each([
  ['--host', '192.0.2.1', 'choose another --host'],
  ['--host', 'nowhere.invalid', 'choose another --host'],
])('an address that cannot be had: %s %s', async (option, value, said) => {
  const { code, stderr } = await cli(['serve', option, value, '--without-token', '--port', '0', ...model]);
  expect(code).toBe(1);
  expect(stderr).toContain('ListenError');
  expect(stderr).toContain(said);
});

test('a time that a timer cannot count is wrong usage', async () => {
  const { code, stderr } = await cli(['serve', '--timeout', '1e9', ...model]);
  expect(code).toBe(2);
  expect(stderr).toContain('--timeout');
});

test('--folder that is a file is said to be one', async () => {
  const { code, stderr } = await cli(['mcp', '--folder', `a=${join(ROOT, 'package.json')}`, ...model]);
  expect(code).toBe(2);
  expect(stderr).toContain('is no folder');
});

/** The command as a process of its own. */
function run(args: readonly string[], node: readonly string[] = []) {
  const argv = [...node, '--import', './from-source.mjs', 'bin/biomedclip-webgpu.ts', ...args];
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  return { child, said, ended: once(child, 'close').then(([code]) => code as number) };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while a request is worked on: it is answered, and the exit code is %i',
  async (signal, code) => {
    const scans = join(folder, signal);
    await writeImages(
      scans,
      Array.from({ length: 60 }, (_, i) => `${i}.png`),
    );
    const { child, said, ended } = run([
      'serve',
      '--port',
      '0',
      '--json',
      '--folder',
      `s=${scans}`,
      ...model,
    ]);
    await expect.poll(() => said.stdout, { timeout: 60_000 }).toContain('}');
    const server = { url: JSON.parse(said.stdout).url, stderr: said } as unknown as Running;
    const answer = post(server, '/search', { text: 'x' });
    const busy = async () => JSON.parse(await (await fetch(`${server.url}/info`)).text()).queue.running;
    await expect.poll(busy, { interval: 5 }).toBe(1);
    child.kill(signal);
    expect(await answer).toMatchObject({ status: 200, json: { searched: 60 } });
    expect(await ended).toBe(code);
    expect(said.stderr).toContain(signal);
  },
);

/** Packages are looked for where there are none, so that Node itself says that they are missing. */
const WITHOUT = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`export const resolve = (name, context, next) =>
  /^(hono|@hono|zod|@modelcontextprotocol)/.test(name) ? next(name, { ...context, parentURL: 'file:///' }) : next(name, context);\`));`;

test.each([
  ['serve', 'npm install hono @hono/node-server @hono/zod-openapi zod'],
  ['mcp', 'npm install @modelcontextprotocol/sdk zod'],
])('%s without its packages says how to install them, and its help needs none', async (command, install) => {
  const without = ['--import', `data:text/javascript,${encodeURIComponent(WITHOUT)}`];
  const started = run([command, ...model], without);
  started.child.stdin.end();
  expect(await started.ended).toBe(1);
  expect(started.said.stderr).toContain('MissingPackageError');
  expect(started.said.stderr).toContain(install);
  const help = run([command, '--help'], without);
  expect(await help.ended).toBe(0);
  expect(help.said.stdout).toContain('--folder');
});
