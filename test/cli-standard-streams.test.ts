// The judge is the same command with files in the place of standard input and output: results must be equal to the byte.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../src/node/commands/run-cli.ts';
import { writeNpy } from '../src/node/npy.ts';
import { adapterOptions, Captured, tinyModel, writeImages } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let folder: string;
let modelOptions: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streams-'));
  modelOptions = (await tinyModel(folder)).options;
  await writeImages(folder, ['a.png', 'b.png', 'c[1].png']);
  const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * i));
  await writeNpy(join(folder, 'x.npy'), { shape: [12, 2], data });
  await writeNpy(join(folder, 'y.npy'), { shape: [12, 2], data: data.map((value, i) => value + i) });
  await writeFile(join(folder, 'labels.txt'), 'scan\nbrain, seen from above\n');
  await writeFile(join(folder, 'groups.txt'), Array.from({ length: 12 }, (_, i) => `g${i % 4}\n`).join(''));
  await writeFile(
    join(folder, 'pairs.csv'),
    ['a.png', 'b.png', 'c[1].png']
      .map((name, i) => `${join(folder, name)},caption ${i}\n`)
      .reduce((a, b) => a + b, 'image,caption\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** Standard output as bytes. */
class Bytes extends Writable {
  readonly pieces: Buffer[] = [];
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(piece);
    done();
  }
}

async function cli(argv: string, input: Uint8Array | string = '', { isTTY = false } = {}) {
  const stdin = Object.assign(Readable.from([Buffer.from(input)]), { isTTY });
  const io = { stdin, stdout: new Bytes(), stderr: new Captured() };
  const loadModel = vi.fn(() => Promise.reject(new Error('a model was loaded')));
  const words = argv.split(' ').flatMap((word) => {
    if (word === 'MODEL') return modelOptions;
    if (word === 'ADAPTER') return adapterOptions;
    return [word.replace('DIR', folder)];
  });
  const code = await runCli(words, io, words.includes('--model') ? {} : { loadModel });
  return { code, stdout: Buffer.concat(io.stdout.pieces), stderr: io.stderr.text };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('- is standard input', () => {
  test.each([
    ['similarity - DIR/y.npy', 'x.npy', 'a'],
    ['similarity DIR/x.npy -', 'y.npy', 'b'],
    ['tsne - --perplexity 3 --max-iter 250', 'x.npy', 'x'],
    ['gap DIR/x.npy - --resamples 10 --permutations 10', 'y.npy', 'texts'],
    ['close-gap sweep DIR/x.npy DIR/y.npy --no-heads --folds 2 --groups -', 'groups.txt', 'groups'],
  ])('%s', async (argv, name, key) => {
    const out = `${argv.startsWith('close') ? 'o.json' : 'o.csv'} --force --json ADAPTER`;
    const bytes = await readFile(at(name));
    const named = await cli(`${argv.replace(/ -( |$)/, ` DIR/${name}$1`)} -o DIR/${out}`);
    const file = await readFile(at(out.split(' ')[0] ?? ''));
    const piped = await cli(`${argv} -o DIR/${out}`, bytes);
    expect([named.code, piped.code], piped.stderr).toEqual([0, 0]);
    const again = await readFile(at(out.split(' ')[0] ?? ''));
    if (!argv.startsWith('close')) expect(again).toEqual(file);
    const digests = [named, piped].map(({ stdout }) => JSON.parse(stdout.toString()).provenance.inputs);
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[1][key]).toBe(sha256(bytes));
  });

  test('of a closing', async () => {
    const fit = 'close-gap fit DIR/x.npy DIR/y.npy --method shift --folds 0 -o DIR/c.safetensors ADAPTER';
    expect((await cli(fit)).code).toBe(0);
    const closing = await readFile(at('c.safetensors'));
    for (const argv of [
      'gap DIR/x.npy DIR/y.npy --resamples 0 --permutations 0 --closing CLOSING --json ADAPTER',
      'close-gap apply CLOSING --images DIR/x.npy -o DIR/closed --force --json ADAPTER',
    ]) {
      const results = [
        await cli(argv.replace('CLOSING', 'DIR/c.safetensors')),
        await cli(argv.replace('CLOSING', '-'), closing),
      ];
      expect(
        results.map(({ code }) => code),
        results[1]?.stderr,
      ).toEqual([0, 0]);
      const [named, piped] = results.map(({ stdout }) => JSON.parse(stdout.toString()));
      expect(piped.closing).toEqual({
        ...named.closing,
        ...(named.closing.file && { file: 'standard input' }),
      });
      expect(piped.provenance.inputs).toEqual(named.provenance.inputs);
      expect(piped.provenance.inputs.closing).toBe(sha256(closing));
    }
  });

  test.each([
    'embed DIR/a.png -o DIR/no --closing -',
    'zero-shot DIR/a.png --labels one,two --closing -',
    'study DIR/pairs.csv -o DIR/no --closing -',
    'serve --port 0 --closing -',
  ])('of a closing that is none, told by its name: %s', async (argv) => {
    const { code, stderr } = await cli(argv, 'no closing');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\w+Error: standard input: /);
  });

  test('of captions, as a CSV or one a line, which is told', async () => {
    const csv = await readFile(at('pairs.csv'));
    const embed = (argv: string, input: Uint8Array | string) => cli(`embed ${argv} MODEL`, input);
    expect((await embed('--captions DIR/pairs.csv -o DIR/named', '')).code).toBe(0);
    expect((await embed('--captions - -o DIR/piped', csv)).code).toBe(0);
    for (const name of ['images.npy', 'texts.npy'])
      expect(await readFile(at(`piped/${name}`))).toEqual(await readFile(at(`named/${name}`)));
    const manifests = await Promise.all(
      ['named', 'piped'].map((name) => readFile(at(`${name}/manifest.json`), 'utf8')),
    );
    const [named, piped] = manifests.map((text) => JSON.parse(text).provenance.inputs);
    expect(piped).toEqual(named);
    const lines = await embed('--captions - -o DIR/lines', 'one caption\nanother, with a comma\n');
    expect(lines.code).toBe(0);
    expect(lines.stderr).toContain(
      'warning: standard input: no header has a column caption, so each line is taken',
    );
    expect(JSON.parse(await readFile(at('lines/manifest.json'), 'utf8')).texts).toHaveLength(2);
  });

  test.each(['\n', '\0'])('of a list of images, whose names are no patterns, ended by %j', async (end) => {
    const list = ['b.png', 'c[1].png'].map((name) => `${at(name)}${end}`).join('');
    const { code, stderr } = await cli('embed DIR/a.png - -o DIR/listed --force MODEL', list);
    expect(code, stderr).toBe(0);
    const { images } = JSON.parse(await readFile(at('listed/manifest.json'), 'utf8'));
    expect(images.map(({ id }: { id: string }) => id)).toEqual(['a.png', 'b.png', 'c[1].png']);
  });

  test('of labels, and of the pairs of a study', async () => {
    const labels = await readFile(at('labels.txt'));
    const zeroShot = (file: string, input: Uint8Array | string) =>
      cli(`zero-shot DIR/a.png --labels-file ${file} --quiet MODEL`, input);
    expect((await zeroShot('-', labels)).stdout).toEqual((await zeroShot('DIR/labels.txt', '')).stdout);
    const csv = await readFile(at('pairs.csv'));
    const study = await cli('study - -o DIR/study --max-iter 250 MODEL', csv);
    expect(study.code, study.stderr).toBe(0);
    expect(JSON.parse(await readFile(at('study/study.json'), 'utf8'))).toMatchObject({
      source: '-',
      pairs: 3,
    });
  });
});

describe('refused before a model is loaded', () => {
  test.each([
    ['similarity - - -o DIR/no.csv', 'standard input can be read once'],
    ['embed - --captions - -o DIR/no', 'standard input can be read once'],
    ['close-gap fit - DIR/y.npy --groups - -o DIR/no', 'standard input can be read once'],
    ['zero-shot - --labels a,b --closing -', 'standard input can be read once'],
    ['mcp --closing -', '--closing -: standard input is the client’s here; name a file'],
    ['embed - -o DIR/no', 'standard input: lists no images'],
    ['embed DIR/a.png -o -', '-o - is for tables: here several files are written'],
    ['close-gap fit DIR/x.npy DIR/y.npy -o -', '-o - is for tables: here name a file'],
    ['similarity DIR/x.npy -o - --json', '--json and -o - would both write to standard output'],
    ['similarity DIR/x.npy -o DIR/no.csv --format npy', '--format is for -o - alone'],
    ['gap DIR/x.npy DIR/y.npy --format npy', '--format is for -o - alone'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await cli(argv);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a terminal, with advice', async () => {
    const { code, stderr } = await cli('similarity - -o DIR/no.csv', '', { isTTY: true });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^UsageError: - is standard input, which is a terminal; pipe or redirect a file/);
  });

  test('what are no vectors, by the name of standard input', async () => {
    const { code, stderr } = await cli('similarity - -o DIR/no.csv', 'no array');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^RowsFormatError: standard input: /);
  });
});

describe('-o - is standard output', () => {
  test.each([
    ['similarity DIR/x.npy', 'csv'],
    ['similarity DIR/x.npy', 'npy'],
    ['similarity DIR/x.npy --top-k 2', 'npy'],
    ['tsne DIR/x.npy --perplexity 3 --max-iter 250', 'csv'],
    ['gap DIR/x.npy DIR/y.npy --resamples 10 --permutations 10', 'csv'],
    ['close-gap sweep DIR/x.npy DIR/y.npy --no-heads --folds 2', 'csv'],
  ])('%s as %s', async (argv, format) => {
    expect((await cli(`${argv} -o DIR/there.${format} --force ADAPTER`)).code).toBe(0);
    const { code, stdout, stderr } = await cli(`${argv} -o - --format ${format} ADAPTER`);
    expect(code, stderr).toBe(0);
    expect(stdout).toEqual(await readFile(at(`there.${format}`)));
    expect((await cli(`${argv} -o - --quiet --format ${format} ADAPTER`)).stderr).toBe('');
  });

  test('without --format a table is CSV, a sweep JSON', async () => {
    expect((await cli('similarity DIR/x.npy --top-k 1 -o - ADAPTER')).stdout.toString()).toMatch(
      /^row,rank,index,/,
    );
    const sweep = await cli('close-gap sweep DIR/x.npy DIR/y.npy --no-heads --folds 2 -o - ADAPTER');
    expect(JSON.parse(sweep.stdout.toString())).toHaveProperty('provenance');
  });
});

const program = 'node --import ./from-source.mjs bin/biomedclip-webgpu.ts';

test.skipIf(process.platform === 'win32')(
  'through real pipes: bash’s <(command), and head, which ends the work with 141 and without a word',
  async () => {
    const data = Float32Array.from({ length: 2000 * 2 }, (_, i) => Math.sin(i * i));
    await writeNpy(at('long.npy'), { shape: [2000, 2], data });
    const adapter = adapterOptions.join(' ');
    const bash = (line: string) => promisify(execFile)('bash', ['-c', line], { cwd: ROOT });
    const line = `${program} similarity <(cat '${at('long.npy')}') -o - --quiet ${adapter} | head -n 1 | wc -l; echo $PIPESTATUS`;
    const { stdout, stderr } = await bash(line);
    expect(stdout.trim().split(/\s+/)).toEqual(['1', '141']);
    expect(stderr.split('\n').filter((text) => text && !text.startsWith('Warning: max'))).toEqual([]);
  },
  60_000,
);
