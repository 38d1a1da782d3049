// Where a command's output cannot be written, it says so before its work: no model is loaded, no device opened.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeNpy } from '../src/node/npy.ts';
import { cli, tinyModel, writeImages } from './support/cli-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outputs-'));
  await tinyModel(folder);
  await writeImages(folder, ['a.png', 'b.png']);
  await writeFile(join(folder, 'pairs.csv'), 'image,caption\na.png,a\nb.png,b\n');
  await writeNpy(join(folder, 'x.npy'), { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 9) });
  await writeFile(join(folder, 'file'), 'kept');
  await mkdir(join(folder, 'taken', 'report.html'), { recursive: true });
  for (const name of ['images.npy', 'x.csv', 'x.parquet']) await mkdir(join(folder, 'taken', name));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['embed DIR/a.png --out DIR/file', 'DIR/file'],
  ['embed DIR/a.png --out DIR/file/deeper', 'DIR/file/deeper'],
  ['embed DIR/a.png --out DIR/taken', 'DIR/taken/images.npy'],
  ['embed DIR/a.png --out /proc/none', '/proc/none'],
  ['study DIR/pairs.csv --out DIR/taken', 'DIR/taken/report.html'],
  ['study DIR/pairs.csv --out DIR/file/report', 'DIR/file/report'],
  ['evaluate DIR/none --out DIR/taken', 'DIR/taken/report.html'],
  ['convert DIR/model --out DIR/file/new', 'DIR/file/new'],
  ['search DIR/none text --out DIR/taken/x.csv', 'DIR/taken/x.csv'],
  ['duplicates DIR/x.npy --out DIR/taken/x.csv', 'DIR/taken/x.csv'],
  ['export DIR/x.npy --out DIR/taken/x.parquet', 'DIR/taken/x.parquet'],
  ['similarity DIR/x.npy --out DIR/taken/x.csv', 'DIR/taken/x.csv'],
  ['tsne DIR/x.npy --perplexity 2 --out DIR/file/x.npy', 'DIR/file'],
  ['gap DIR/x.npy DIR/x.npy --out /proc/none/x.csv', '/proc/none'],
  ['bench start --out DIR/taken/x.csv', 'DIR/taken/x.csv'],
])('%s', async (argv, path) => {
  const before = await readdir(folder, { recursive: true });
  const loadModel = vi.fn();
  const result = await cli(
    argv.split(' ').map((word) => word.replace('DIR', folder)),
    { loadModel, defaultModel: async () => join(folder, 'model') },
  );
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr.replaceAll(folder, 'DIR')).toMatch(
    new RegExp(`^OutputWriteError: ${path}: cannot be written: [^\\n]+\\n$`),
  );
  expect(loadModel).not.toHaveBeenCalled();
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});

const BUILT = fileURLToPath(new URL('../dist/node/cli.js', import.meta.url));

test.runIf(existsSync(BUILT) && existsSync('/dev/full'))(
  'a full disk behind stdout is one line and 1',
  async () => {
    for (const json of ['', ' --json']) {
      const command = `"${process.execPath}" "${BUILT}" doctor${json} > /dev/full`;
      const failure = await promisify(execFile)('sh', ['-c', command]).catch((error) => error);
      expect(failure.code).toBe(1);
      const lines = failure.stderr.split('\n').filter((line: string) => !line.startsWith('Warning: max')); // Dawn's
      expect(lines).toEqual(['OutputWriteError: standard output: cannot be written: ENOSPC', '']);
    }
  },
);
