// The judges are the functions that the commands call, which have tests of their own, and the command line's promises:
// what goes where, what is refused, and that outputs of before stay when it is.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../package.json';
import { fitGapClosing, loadGapClosing, releaseGpu, sweepGapClosings } from '../src/index.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { seededNormal } from './support/numbers.ts';

const [N, DIM, GROUPS] = [120, 8, 6];
const FINGERPRINT = '0123456789abcdef'.repeat(4);

/** Pairs of six subjects; their texts lie apart from their images. */
function pairs() {
  const [centres, own, noise] = [
    seededNormal(GROUPS * DIM, 1),
    seededNormal(N * DIM, 2),
    seededNormal(N * DIM, 3),
  ];
  const rows = (side: number) => ({
    data: Float32Array.from(own, (value, at) => {
      const [i, d] = [Math.floor(at / DIM), at % DIM];
      const shared = (centres[(i % GROUPS) * DIM + d] ?? 0) + 0.6 * value;
      return shared + 0.3 * side * (noise[at] ?? 0) + (d === 0 ? 3 * side : 0);
    }),
    rows: N,
    dim: DIM,
  });
  return { images: rows(1), texts: rows(-1) };
}

const { images, texts } = pairs();
const ids = Array.from({ length: N }, (_, i) => `i${i}`);
const groups = ids.map((_, i) => `subject ${i % GROUPS}`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'close-gap-'));
  await npy('images.npy', images.data);
  await npy('texts.npy', texts.data);
  await npy('few.npy', texts.data.subarray(0, 50 * DIM));
  const bad = images.data.slice();
  bad[DIM * 3 + 1] = Number.NaN;
  await npy('nan.npy', bad);
  await writeFile(join(folder, 'groups.txt'), `${groups.join('\n')}\n`);
  await writeFile(
    join(folder, 'groups.csv'),
    `id,group\n${ids.map((id, i) => `${id},${groups[i]}\n`).join('')}`,
  );
  await writeFile(join(folder, 'other.safetensors'), 'no safetensors at all, but long enough for a header');
  await named('named', FINGERPRINT);
  await named('foreign', 'f'.repeat(64));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await releaseGpu();
});

const npy = (name: string, data: Float32Array) =>
  writeNpy(join(folder, name), { shape: [data.length / DIM, DIM], data });

/** A directory as `embed` writes it. */
async function named(name: string, fingerprint: string, more: object = {}) {
  await mkdir(join(folder, name), { recursive: true });
  await npy(`${name}/images.npy`, images.data);
  await npy(`${name}/texts.npy`, texts.data);
  const digest = async (file: string) =>
    createHash('sha256')
      .update(await readFile(join(folder, name, file)))
      .digest('hex');
  const manifest = {
    ...{ model: 'm', fingerprint, dtype: 'f32', adapter: 'none', pairs: N, skipped: [], logitScale: 50 },
    files: { images: await digest('images.npy'), texts: await digest('texts.npy') },
    images: ids.map((id) => ({ id, path: `/${id}.png` })),
    texts: ids.map((id) => ({ id, caption: `a ${id}` })),
    ...more,
  };
  await writeFile(join(folder, name, 'manifest.json'), JSON.stringify(manifest));
}

const fill = (argv: string) => argv.split(' ').map((word) => word.replace('DIR', folder));
const run = (argv: string) => cli([...fill(argv), ...adapterOptions]);
const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));

describe('fit', () => {
  test('writes what fitGapClosing fits, and prints its report as JSON', async () => {
    const { code, stdout, stderr } = await run(
      'close-gap fit DIR/named/images.npy DIR/named/texts.npy --groups DIR/groups.csv --method transport ' +
        '--strength 0.5 --folds 3 --seed 2 --out DIR/t.safetensors --json --quiet',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { report, maps } = await fitGapClosing(
      { images: { ...images, ids }, texts: { ...texts, ids } },
      {
        ...{ method: 'transport', strength: 0.5, groups, folds: 3, seed: 2 },
        model: { fingerprint: FINGERPRINT, logitScale: 50 },
      },
    );
    const { out, adapter, provenance, ...printed } = JSON.parse(stdout);
    expect(printed).toEqual(JSON.parse(JSON.stringify(report)));
    expect(provenance).toMatchObject({ seed: report.seed, inputs: { images: expect.any(String) } });
    expect(printed).toMatchObject({ fingerprint: FINGERPRINT, groups: GROUPS, pairedBy: 'ids', version });
    expect(adapter).toMatch(/./);
    expect((await loadGapClosing(out)).maps).toEqual(maps);
  });

  test('groups that the manifest has are taken from there, which is told', async () => {
    const texts = ids.map((id, i) => ({ id, caption: `a ${id}`, group: String(groups[i]) }));
    await named('grouped', FINGERPRINT, { texts });
    const fit = 'close-gap fit DIR/grouped/images.npy DIR/grouped/texts.npy --method center --json';
    const own = await run(`${fit} --out DIR/own.safetensors`);
    expect(own.stderr).toContain(`manifest.json, ${GROUPS} of them; --groups gives others`);
    const given = await run(`${fit} --groups DIR/groups.csv --out DIR/given.safetensors`);
    const [a, b] = [own, given].map(({ stdout }) => {
      const { out: _, provenance: __, ...report } = JSON.parse(stdout);
      return report;
    });
    expect(a.groups).toBe(GROUPS);
    expect(a).toEqual(b);
  });

  test('--group-column, --id-column and --encoding read a table of other names', async () => {
    const rows = ids.map((id, i) => `${id};caf\xe9 ${groups[i]}\n`).join('');
    await writeFile(join(folder, 'patients.csv'), `row;patient\n${rows}`, 'latin1');
    const fit =
      'close-gap fit DIR/named/images.npy DIR/named/texts.npy --method center --groups DIR/patients.csv --json';
    const bad = await run(`${fit} --group-column patient --id-column row --out DIR/p.safetensors`);
    expect(bad.stderr).toContain('patients.csv:2: is not UTF-8; as Windows-1252 the line reads');
    const wrong = await run(`${fit} --encoding latin1 --group-column who --out DIR/p.safetensors`);
    expect(wrong.stderr).toContain('patients.csv:1: has no column who, but row, patient');
    const names = '--group-column patient --id-column row --encoding windows-1252';
    const { code, stdout } = await run(`${fit} ${names} --out DIR/p.safetensors`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).groups).toBe(GROUPS);
  });

  test('a report for people: method, rows, warnings, a table, and a sentence a measure', async () => {
    const { code, stdout, stderr } = await run(
      'close-gap fit DIR/images.npy DIR/texts.npy --groups DIR/groups.txt --method center --out DIR/c.safetensors',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('no manifest gives the ids of both: row i is paired with row i');
    expect(stdout).toMatch(/^method {7}center\nrows {9}120 images and 120 texts, paired by rows, 8 to 8 dim/);
    expect(stdout).toContain('held out     120 pairs in 5 folds, whole groups held out');
    expect(stdout).toMatch(/mean average precision among both +0\.\d{3} +0\.\d{3} +0\.\d{3} {2}\[/);
    expect(stdout).toMatch(
      /Mean average precision among both rises from 0\.\d{3} to 0\.\d{3} \(change 0\.\d{3}, 95/,
    );
    expect(stdout).toContain('checkpoint   not known');
    expect(stdout).toContain(`written: ${join(folder, 'c.safetensors')}`);
  });

  test('of nine pairs nothing is claimed', async () => {
    await npy('nine-images.npy', images.data.subarray(0, 9 * DIM));
    await npy('nine-texts.npy', texts.data.subarray(0, 9 * DIM));
    const { code, stdout } = await run(
      'close-gap fit DIR/nine-images.npy DIR/nine-texts.npy --out DIR/nine.safetensors',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^method {7}center: 9 rows tell the means and no more/);
    expect(stdout).toContain('warning: 9 rows tell no more than the means');
    expect(stdout).toContain('9 held-out pairs are too few to show a difference');
    expect(stdout).not.toMatch(/ (rises|falls) from /);
  });

  test('unequal rows are fine without pairs', async () => {
    const { code, stdout, stderr } = await run(
      'close-gap fit DIR/images.npy DIR/few.npy --method transport --out DIR/u.safetensors',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('there are 120 images and 50 texts: rows are not paired');
    expect(stdout).toContain('held out     nothing: that needs pairs');
  });

  const FIT = 'close-gap fit DIR/images.npy DIR/texts.npy --out DIR/kept.safetensors';
  test.each([
    ['close-gap fit DIR/images.npy DIR/few.npy --method cca --out DIR/kept.safetensors', 'UnpairedRowsError'],
    ['close-gap fit DIR/nan.npy DIR/texts.npy --out DIR/kept.safetensors', 'row 3 must be finite, got NaN'],
    ['close-gap fit DIR/none.npy DIR/texts.npy --out DIR/kept.safetensors', 'there is no such file'],
    [`${FIT} --method center --strength 1`, "left out for method 'center'"],
    [`${FIT} --groups DIR/short.txt`, 'short.txt: has 2 values, and DIR/images.npy has 120 rows'],
    [
      `${FIT} --groups DIR/groups.csv`,
      'groups.csv:1: names ids, and no manifest beside DIR/images.npy has any',
    ],
    [`${FIT} --groups DIR/hole.txt`, 'hole.csv:3: has an empty group'],
    [
      'close-gap fit DIR/named/images.npy DIR/named/texts.npy --groups DIR/missing.csv --out DIR/kept.safetensors',
      'missing.csv: has no group for "i2" and 117 more ids of DIR/named/images.npy',
    ],
    [
      'close-gap fit DIR/named/images.npy DIR/named/texts.npy --groups DIR/twice.csv --out DIR/kept.safetensors',
      'twice.csv:3: says b of "i0", and line 2 a',
    ],
    [
      'close-gap fit DIR/named/images.npy DIR/foreign/texts.npy --out DIR/kept.safetensors',
      `is of the checkpoint ${FINGERPRINT} and DIR/foreign/texts.npy of ${'f'.repeat(64)}`,
    ],
  ])('refused, and what was there stays: %s', async (argv, message) => {
    await writeFile(join(folder, 'short.txt'), 'a\nb\n');
    await writeFile(join(folder, 'hole.csv'), 'group\na\n" "\n');
    await writeFile(join(folder, 'missing.csv'), 'id,group\ni0,a\ni1,a\n');
    await writeFile(join(folder, 'twice.csv'), 'id,group\ni0,a\ni0,b\n');
    await writeFile(join(folder, 'kept.safetensors'), 'before');
    const { code, stdout, stderr } = await run(`${argv.replace('hole.txt', 'hole.csv')} --force`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replaceAll(folder, 'DIR')).toContain(message);
    expect(await readFile(join(folder, 'kept.safetensors'), 'utf8')).toBe('before');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test.each(['--strength -1', '--strength x', '--folds 1', '--method other', '--pair-by names'])(
    'wrong usage: %s',
    async (options) => {
      expect((await run(`${FIT} ${options}`)).code).toBe(2);
    },
  );
});

describe('apply', () => {
  const APPLY = 'close-gap apply DIR/n.safetensors';
  beforeAll(async () => {
    const { code } = await run(
      'close-gap fit DIR/named/images.npy DIR/named/texts.npy --method reciprocal --folds 2 --out DIR/n.safetensors',
    );
    expect(code).toBe(0);
  });

  test('writes closed rows with the ids, the scale and the closing in the manifest', async () => {
    const { code, stdout, stderr } = await run(
      `${APPLY} --images DIR/named/images.npy --texts DIR/named/texts.npy --out DIR/closed --json`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const closing = await loadGapClosing(join(folder, 'n.safetensors'));
    expect((await readNpy(join(folder, 'closed/images.npy'))).data).toEqual(
      (await closing.images(images)).data,
    );
    expect((await readNpy(join(folder, 'closed/texts.npy'))).data).toEqual((await closing.texts(texts)).data);
    const manifest = await json('closed/manifest.json');
    const entry = { method: 'reciprocal', strength: 1, sha256: expect.stringMatching(/^[\da-f]{64}$/) };
    expect(manifest).toMatchObject({
      ...{ model: 'm', fingerprint: FINGERPRINT, pairs: N, closing: entry },
      logitScale: closing.report.logitScale,
    });
    expect(manifest.images.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(manifest.texts[1]).toEqual({ id: 'i1', caption: 'a i1' });
    expect(JSON.parse(stdout)).toMatchObject({ dim: DIM, closing: entry, images: { rows: N } });
    const again = await run(
      'close-gap fit DIR/closed/images.npy DIR/closed/texts.npy --out DIR/x.safetensors',
    );
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('closed already (reciprocal)') });
  });

  test('texts alone, without a manifest: named by their place, and a warning', async () => {
    const { code, stdout, stderr } = await run(`${APPLY} --texts DIR/few.npy --out DIR/queries`);
    expect(code).toBe(0);
    expect(stderr).toContain('no manifest says which checkpoint made the rows');
    expect(stdout).toMatch(/^images {2}0 x 8 .*\ntexts {3}50 x 8 .*\nclosed by reciprocal at 1, logit scale/);
    expect((await readNpy(join(folder, 'queries/images.npy'))).shape).toEqual([0, DIM]);
    const { images: none, texts: rows, fingerprint } = await json('queries/manifest.json');
    expect([none, rows[49], fingerprint]).toEqual([[], { id: '49', caption: '' }, undefined]);
  });

  test.each([
    [`${APPLY} --images DIR/foreign/images.npy --out DIR/out`, 1, 'ClosingMismatchError'],
    [`${APPLY} --images DIR/nan.npy --out DIR/out`, 1, 'row 3 must be finite'],
    [
      `${APPLY} --images DIR/named/texts.npy --out DIR/out`,
      2,
      'the manifest beside it says that it has the texts',
    ],
    [`${APPLY} --images DIR/narrow.npy --out DIR/out`, 1, 'ShapeError'],
    [`${APPLY} --out DIR/out`, 2, 'pass --images, --texts, or both'],
    ['close-gap apply DIR/other.safetensors --images DIR/images.npy --out DIR/out', 1, 'other.safetensors'],
    ['close-gap apply DIR/none.safetensors --images DIR/images.npy --out DIR/out', 1, 'no such file'],
  ])('refused, and what was there stays: %s', async (argv, expected, message) => {
    await writeNpy(join(folder, 'narrow.npy'), { shape: [2, 4], data: seededNormal(8, 1) });
    await mkdir(join(folder, 'out'), { recursive: true });
    await writeFile(join(folder, 'out/images.npy'), 'before');
    const { code, stdout, stderr } = await run(`${argv} --force`);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toContain(message);
    expect(await readdir(join(folder, 'out'))).toEqual(['images.npy']);
    expect(await readFile(join(folder, 'out/images.npy'), 'utf8')).toBe('before');
  });
});

describe('gap --closing', () => {
  test('measures closed rows, and says so in text and JSON', async () => {
    const GAP = 'gap DIR/named/images.npy DIR/named/texts.npy --resamples 0 --permutations 0';
    const { code, stdout } = await run(`${GAP} --closing DIR/n.safetensors`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^closed by reciprocal at 1, .*n\.safetensors\n120 pairs of 8 dimensions/);
    const raw = JSON.parse((await run(`${GAP} --json`)).stdout);
    const closed = JSON.parse((await run(`${GAP} --json --closing DIR/n.safetensors`)).stdout);
    expect(raw.closing).toBeUndefined();
    expect(closed.closing).toMatchObject({ method: 'reciprocal', file: join(folder, 'n.safetensors') });
    expect(closed.centroidDistance.value).toBeLessThan(0.2 * raw.centroidDistance.value);
    const foreign = 'gap DIR/foreign/images.npy DIR/foreign/texts.npy --closing DIR/n.safetensors';
    expect(await run(foreign)).toMatchObject({ code: 1, stderr: expect.stringContaining('ClosingMismatch') });
  });
});

describe('sweep', () => {
  const SWEEP = 'close-gap sweep DIR/images.npy DIR/texts.npy --no-heads --folds 2';
  beforeAll(async () => {
    await npy('prompts.npy', texts.data.subarray(0, 12 * DIM));
    await writeFile(join(folder, 'prompts.txt'), `${groups.slice(0, 12).join('\n')}\n`);
  });

  test('both splits as JSON: what sweepGapClosings gives', async () => {
    const { code, stdout } = await run(
      `${SWEEP} --groups DIR/groups.txt --prompts DIR/prompts.npy --prompt-labels DIR/prompts.txt --out DIR/s.json --json`,
    );
    expect(code).toBe(0);
    const sweep = await json('s.json');
    const { out, adapter, ...printed } = JSON.parse(stdout);
    expect(printed).toEqual(sweep);
    const prompts = {
      vectors: { data: texts.data.slice(0, 12 * DIM), rows: 12, dim: DIM },
      labels: groups.slice(0, 12),
    };
    const settings = [{ method: 'transport', strength: 1 }] as const;
    const one = await sweepGapClosings({ images, texts }, { groups, prompts, settings, folds: 2 });
    expect(sweep.splits.map(({ of }: { of: string }) => of)).toEqual(['captions', 'groups']);
    for (const [i, { points }] of one.splits.entries()) {
      expect(sweep.splits[i].points).toContainEqual(JSON.parse(JSON.stringify(points[0])));
    }
    expect(one.splits[0]?.points[0]?.measures['zeroShot.accuracyWithCentredPrompts']).toBeGreaterThan(0.5);
  });

  test('as CSV, and a table for people; without groups one split', async () => {
    const { code, stdout } = await run(`${SWEEP} --out DIR/s.csv`);
    expect(code).toBe(0);
    expect(stdout).toContain('new captions: pairs held out at random, 2 folds');
    expect(stdout).not.toContain('new subjects');
    expect(stdout).toMatch(/transport 0\.25 +0\.\d{3}/);
    const [header, ...lines] = (await readFile(join(folder, 's.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toMatch(/^held_out,method,strength,scale,identity,distributionGap,/);
    expect(lines[0]).toMatch(/^captions,shift,0,,,0\.\d+,/);
  });

  test('a directory gets both tables and the picture of the front as SVG and PDF, light and dark', async () => {
    const { code } = await run(`${SWEEP} --groups DIR/groups.txt --out DIR/swept`);
    expect(code).toBe(0);
    const pictures = ['front-dark.pdf', 'front-dark.svg', 'front-light.pdf', 'front-light.svg'];
    expect((await readdir(join(folder, 'swept'))).sort()).toEqual([...pictures, 'sweep.csv', 'sweep.json']);
    const svg = await readFile(join(folder, 'swept/front-light.svg'), 'utf8');
    expect(svg).toContain('New subjects, which the fit has not seen');
    // The title is left to the caption, and the font comes along.
    const { figures } = JSON.parse(await readFile(join(folder, 'swept/sweep.json'), 'utf8'));
    expect(figures.front.title).toMatch(/\w/);
    expect(svg.match(/<text[^>]*>[^<]*/g)?.join(' ')).not.toContain(figures.front.title.slice(0, 20));
    expect(svg).toContain('@font-face{font-family:Inter');
  });

  test('a few steps of heads: the lower the scale, the smaller the gap, and each with its floor', async () => {
    const settings = [85, 5].map((scale) => ({
      method: 'head' as const,
      head: { scale, identity: 0, steps: 40 },
    }));
    const { splits } = await sweepGapClosings({ images, texts }, { settings, folds: 2 });
    const [sharp, soft] = splits[0]?.points ?? [];
    expect(soft?.measures.distributionGap).toBeLessThan(sharp?.measures.distributionGap ?? 0);
    expect(soft?.measures['distributionGap.floor']).toBeGreaterThan(0);
  });

  test.each([
    [`${SWEEP} --out DIR/s.txt`, 2, 'must end in .json or .csv'],
    [`${SWEEP} --prompts DIR/prompts.npy --out DIR/s.json`, 2, 'belong together'],
    ['close-gap sweep DIR/images.npy DIR/few.npy --out DIR/s.json', 1, 'got 120 images and 50 texts'],
    [
      `${SWEEP} --prompts DIR/prompts.npy --prompt-labels DIR/prompts.txt --out DIR/s.json`,
      1,
      'labels must be given where there are prompts',
    ],
  ])('refused: %s', async (argv, expected, message) => {
    const { code, stdout, stderr } = await run(`${argv} --force`);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toContain(message);
  });
});
