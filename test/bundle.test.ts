// The archive for machines without a network, unpacked into an empty folder. The judge of what it computes is the source.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adapterOptions, cli } from './support/cli-run.ts';
import { withDist } from './support/dist-lock.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const LIMIT = 60 * 2 ** 20;

const make = (...argv: string[]) =>
  run(process.execPath, ['--import', './from-source.mjs', 'bundle/make.ts', ...argv], { cwd: root });

/** Where processes may have a network of their own, that is none. */
const offline = await run('unshare', ['-rn', 'true']).then(
  () => ['unshare', '-rn'],
  () => [],
);

describe.skipIf(process.platform !== 'linux')('the archive', () => {
  let folder: string;
  let unpacked: string;
  let guard: string;
  let printed: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'biomedclip-bundle-'));
    guard = join(folder, 'no-network.cjs');
    const refuse = 'function (...to) { console.error("connects", to); process.exit(99); }';
    await writeFile(guard, `require('node:net').Socket.prototype.connect = ${refuse};`);
    await withDist(async () => {
      expect(existsSync(join(root, 'dist/node/cli.cjs')), 'nothing is built: npm run build').toBe(true);
      printed = [];
      for (const name of ['a', 'b']) {
        const { stdout } = await make('--no-compress', '--out', join(folder, name));
        printed.push(stdout);
      }
    });
    const [tar = ''] = await readdir(join(folder, 'a'));
    await run('tar', ['-xf', join(folder, 'a', tar), '-C', folder]);
    unpacked = join(folder, basename(tar, '.tar'));
  }, 1_200_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** In an environment without a single variable, and no network. */
  async function launched(...argv: string[]): Promise<string> {
    const own = ['env', '-i', `NODE_OPTIONS=--require=${guard}`, './biomedclip-webgpu', ...argv];
    const [program = '', ...rest] = [...offline, ...own];
    return (await run(program, rest, { cwd: unpacked })).stdout;
  }

  test('has the same bytes when it is made again', () => {
    const [first = '', second] = printed.map((text) => /\d+ files.*SHA-256 \w{64}/.exec(text)?.[0]);
    expect(first).not.toBe('');
    expect(second).toBe(first);
  });

  test('lists every file in SHA256SUMS', async () => {
    await run('sha256sum', ['--quiet', '--strict', '-c', 'SHA256SUMS'], { cwd: unpacked }); // rejects where one differs
    const sums = await readFile(join(unpacked, 'SHA256SUMS'), 'utf8');
    const listed = sums
      .trim()
      .split('\n')
      .map((line) => line.slice(66));
    const files = (await readdir(unpacked, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1));
    expect([...listed, 'SHA256SUMS'].sort()).toEqual(files.sort());
  });

  test('has nothing of other platforms, and a page that names this commit and this Node', async () => {
    const sums = await readFile(join(unpacked, 'SHA256SUMS'), 'utf8');
    expect(sums).not.toMatch(/darwin|win32|musl|\.dll|\.dylib|\.d\.ts|\.map\n/);
    const commit = (await run('git', ['log', '-1', '--format=%h'], { cwd: root })).stdout.trim();
    const page = await readFile(join(unpacked, 'README.txt'), 'utf8');
    expect(page).toContain(`commit ${commit}, with Node ${process.version}`);
    expect(page).toMatch(/glibc 2\.\d+ and libstdc\+\+/);
  });

  test('doctor finds the adapter that the source finds', async () => {
    const found = JSON.parse(await launched('doctor', '--json')) as { adapters: { description?: string }[] };
    const here = JSON.parse((await cli(['doctor', '--json'])).stdout) as typeof found;
    expect(found.adapters[0]?.description).toBe(here.adapters[0]?.description);
  });

  test('zero-shot gives what the source gives', async () => {
    const images = ['07-chest-x-ray.png', '08-brain-mri.png', '09-pie-chart.png'].map(
      (name) => `examples/biomed/${name}`,
    );
    const argv = ['zero-shot', ...images];
    const options = ['--labels-file', 'examples/biomed/subjects.txt', '--json', ...adapterOptions];
    const there = JSON.parse(await launched(...argv, ...options));
    const absolute = [...argv, ...options].map((word) =>
      word.startsWith('examples/') ? join(root, word) : word,
    );
    const here = JSON.parse((await cli(absolute)).stdout);
    expect(scoresOf(there).length).toBeGreaterThan(2);
    expect(scoresOf(there)).toEqual(scoresOf(here));
  });

  test('bench runs, ONNX Runtime beside it', async () => {
    const argv = ['bench', 'metrics', '--sizes', '300', '--rounds', '1', '--largest-peer', '0', '--json'];
    const report = JSON.parse(await launched(...argv, ...adapterOptions));
    expect(report.onnxruntime).toMatch(/^\d+\.\d+/);
    expect(report.adapter).not.toBe('');
    expect(
      JSON.parse(await launched('bench', 'kernel', 'layernorm', '64x768', '--rounds', '1', '--json')).adapter,
    ).toBe(report.adapter);
  });

  test('runs through a symbolic link and from another folder', async () => {
    const link = join(folder, 'linked');
    await run('ln', ['-s', join(basename(unpacked), 'biomedclip-webgpu'), link]);
    const { stdout } = await run('env', ['-i', link, '--version'], { cwd: '/' });
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(stdout.trim()).toBe(version);
  });

  test.runIf(process.env.LONG)(
    'is smaller than 60 MiB, and tar reads it',
    async () => {
      await withDist(() => make('--out', join(folder, 'packed'))); // minutes of xz
      const [name = ''] = await readdir(join(folder, 'packed'));
      const file = join(folder, 'packed', name);
      expect((await readFile(file)).length).toBeLessThan(LIMIT);
      const { stdout } = await run('tar', ['-xJf', file, '-O', `${basename(unpacked)}/SHA256SUMS`], {
        maxBuffer: 1e8,
      });
      expect(stdout).toBe(await readFile(join(unpacked, 'SHA256SUMS'), 'utf8'));
    },
    1_800_000,
  );
});

/** Every number of a result, in order. */
function scoresOf(result: unknown): number[] {
  if (typeof result === 'number') return [result];
  if (typeof result !== 'object' || result === null) return [];
  return Object.entries(result).flatMap(([name, value]) =>
    /time|date|seconds/i.test(name) ? [] : scoresOf(value),
  );
}

test('another platform’s archive is refused, and the message says how to make it', async () => {
  const failed = await make('--platform', 'win32-arm64').catch(
    (error: { code: number; stderr: string }) => error,
  );
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stderr).toBe(
    `OtherPlatformError: --platform win32-arm64: this machine is ${process.platform}-${process.arch}, and nothing is ` +
      'downloaded; on a win32-arm64 machine run `npm ci && npm run bundle`: it takes that machine’s Node and the native ' +
      'modules of webgpu, sharp, resvg and onnxruntime-node that `npm ci` installs there\n',
  );
});
