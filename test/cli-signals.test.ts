// The judge is the shell's convention: 128 and the signal's number, and nothing half-written is left.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { writeNpy } from '../src/node/npy.ts';
import { adapterOptions } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s ends a command with %d',
  async (signal, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'signals-'));
    const data = Float32Array.from({ length: 4000 * 16 }, (_, i) => Math.sin(i * i));
    await writeNpy(join(folder, 'x.npy'), { shape: [4000, 16], data });
    const argv = [
      'tsne',
      join(folder, 'x.npy'),
      '-o',
      join(folder, 'out', 'map.npy'),
      '--max-iter',
      '1000000',
    ];
    const more = [
      '--n-iter-without-progress',
      '1000000',
      '--min-grad-norm',
      '0',
      '--json',
      ...adapterOptions,
    ];
    const child = spawn(
      process.execPath,
      [
        '--import',
        join(ROOT, 'from-source.mjs'),
        join(ROOT, 'bin', 'biomedclip-webgpu.ts'),
        ...argv,
        ...more,
      ],
      { env: { ...process.env, CI: 'true' } },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => {
      stderr += text;
      if (stderr.includes('iterating: ')) child.kill(signal);
    });
    expect((await once(child, 'close'))[0], stderr).toBe(code);
    expect(stdout).toBe('');
    const last = stderr.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ error: { name: 'InterruptedError', signal, exitCode: code } });
    expect(await readdir(folder)).toEqual(['x.npy']);
    await rm(folder, { recursive: true });
  },
  60_000,
);

test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130, 'plain'],
  ['SIGTERM', 143, 'JSON'],
] as const)(
  '%s while the program is loaded ends it with %d, said as %s',
  async (signal, code, form) => {
    // Commander is the first package that is loaded, and loaded before any command can begin.
    const loading = `export async function load(url, context, next) {
      if (url.endsWith('/node_modules/commander/esm.mjs')) process.kill(process.pid, '${signal}');
      return next(url, context);
    }`;
    const hook = `import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(loading)}));`;
    const argv = ['gap', 'x.npy', 'y.npy', ...(form === 'JSON' ? ['--json'] : [])];
    const node = [
      '--import',
      './from-source.mjs',
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
    ];
    const child = spawn(process.execPath, [...node, 'bin/biomedclip-webgpu.ts', ...argv], { cwd: ROOT });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    expect((await once(child, 'close'))[0], stderr).toBe(code);
    const json = { name: 'InterruptedError', message: `interrupted by ${signal}`, signal, exitCode: code };
    if (form === 'JSON') expect(JSON.parse(stderr)).toMatchObject({ error: json });
    else expect(stderr).toBe(`InterruptedError: interrupted by ${signal}\n`);
    expect(stdout).toBe('');
  },
  60_000,
);

test.skipIf(process.platform === 'win32')(
  'a reader that closes the pipe ends a command with 141, as SIGPIPE would, without a word',
  async () => {
    const script =
      'node --import ./from-source.mjs bin/biomedclip-webgpu.ts --help | true; echo "$PIPESTATUS"';
    const run = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT });
    expect(run).toEqual({ stdout: '141\n', stderr: '' });
  },
  60_000,
);
