// The judge is the kernel: the threads of the process, counted in /proc as it ends.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { nodeHost } from '../src/node/host.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe.skipIf(process.platform !== 'linux')('the threads that decode', () => {
  let folder: string;
  let machine: string;
  let program: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'biomedclip-threads-'));
    machine = join(folder, 'machine.cjs'); // of as many cores as CORES says
    const lines = [
      `require('node:os').availableParallelism = () => Number(process.env.CORES);`,
      `process.on('exit', () => console.log(require('node:fs').readdirSync('/proc/self/task').length));`,
    ];
    await writeFile(machine, lines.join('\n'));
    program = join(folder, 'program.mjs'); // Node makes the pool as it reads this
    await writeFile(program, '');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function threads(cores: number, poolSize?: string): Promise<number> {
    const env = {
      PATH: process.env.PATH,
      CORES: String(cores),
      ...(poolSize && { UV_THREADPOOL_SIZE: poolSize }),
    };
    const argv = ['--require', machine, '--require', './bin/cli.cjs', program];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: root, env });
    return Number(stdout.trim().split('\n').at(-1));
  }

  test('are as many as there are cores, four at least, and as many as a user says', async () => {
    const four = await threads(4);
    expect(await threads(2)).toBe(four);
    expect(await threads(20)).toBe(four + 16);
    expect(await threads(20, '6')).toBe(four + 2);
    expect(await threads(20, '1')).toBe(four - 3);
  });
});

test.each([
  [undefined, 4],
  ['16', 16],
  ['0', 1],
  ['many', 1],
  ['5000', 1024],
])('UV_THREADPOOL_SIZE=%s is told as libuv reads it: %d', (text, expected) => {
  vi.stubEnv('UV_THREADPOOL_SIZE', text);
  expect(nodeHost.decodingThreads?.()).toBe(expected);
  vi.unstubAllEnvs();
});
