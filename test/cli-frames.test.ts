// Files of several pictures on the command line. Judges: the files' own makers (two frames that differ, a volume of known
// size), and the decoder for what each row was made of.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Manifest, readManifest } from '../src/node/manifest.ts';
import { readNpy } from '../src/node/npy.ts';
import { cli, tinyModel } from './support/cli-run.ts';

const golden = (path: string) => new URL(`golden/${path}`, import.meta.url).pathname;
let folder: string;
let model: string[];
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frames-'));
  model = (await tinyModel(folder)).options;
  await mkdir(at('set'));
  for (const path of ['dicom/frames.dcm', 'dicom/tags.dcm', 'nifti/uint8-ras.nii.gz']) {
    await cp(golden(path), join(folder, 'set', basename(path)));
  }
  await writeFile(
    at('captions.csv'),
    'image,caption\nset/frames.dcm,a cine\nset/frames.dcm#frame=2,its end\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function embed(out: string, ...args: string[]): Promise<Manifest & { stderr: string }> {
  const { code, stderr } = await cli(['embed', ...args, '-o', at(out), ...model]);
  expect(stderr + code).toMatch(/0$/);
  return { ...(await readManifest(at(`${out}/manifest.json`))), stderr };
}
const namesOf = ({ images }: Manifest) => images.map(({ id }) => id);

describe('embed', () => {
  test('one picture of each without a choice, and a warning', async () => {
    const manifest = await embed('one', at('set'));
    expect(namesOf(manifest)).toEqual(['frames.dcm', 'tags.dcm', 'uint8-ras.nii.gz']);
    expect(manifest.stderr).toMatch(
      /2 files have several pictures.*"frames\.dcm": 2, "uint8-ras\.nii\.gz": 4/,
    );
  });

  test('--frames and --slices list addresses, whose pictures differ', async () => {
    const manifest = await embed(
      'all',
      at('set'),
      '--frames',
      'all',
      '--slices',
      '1-:2',
      '--plane',
      'coronal',
    );
    const [, , , ...slices] = namesOf(manifest);
    expect(namesOf(manifest).slice(0, 3)).toEqual(['frames.dcm#frame=1', 'frames.dcm#frame=2', 'tags.dcm']);
    expect(slices.slice(0, 2)).toEqual(['uint8-ras.nii.gz#coronal=1', 'uint8-ras.nii.gz#coronal=3']);
    expect(manifest.stderr).not.toContain('several pictures');
    const { data, shape } = await readNpy(at('all/images.npy'));
    const rows = new Set(Array.from({ length: shape[0] ?? 0 }, (_, i) => data[i * (shape[1] ?? 0)]));
    expect(rows.size).toBe(namesOf(manifest).length);
  });

  test('addresses in a table; a row of the whole file is all its frames, one item', async () => {
    const manifest = await embed('table', '--captions', at('captions.csv'), '--frames', 'all');
    expect(manifest.images.map(({ path }) => path.replace(/^.*#/, ''))).toEqual([
      'frame=1',
      'frame=2',
      'frame=2',
    ]);
    expect(manifest.texts.map(({ caption }) => caption)).toEqual(['a cine', 'a cine', 'its end']);
    expect(manifest.pairs).toBe(3);
  });

  test('a choice that is for none of the images is wrong usage', async () => {
    const { code, stderr } = await cli([
      'embed',
      at('set/tags.dcm'),
      '--slices',
      'all',
      '-o',
      at('none'),
      ...model,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('--slices has no effect, since none of the images is a volume');
  });

  test('a frame beyond the last ends the command before the work', async () => {
    const { code, stderr } = await cli(['embed', at('set'), '--frames', '3', '-o', at('none'), ...model]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/NoSuchFrameError: .*frames\.dcm: there is no picture 3; it has 2/);
  });
});

describe('attributes of DICOM files', () => {
  test('none is written that is not named', async () => {
    await embed('bare', at('set/tags.dcm'));
    const text = await readFile(at('bare/manifest.json'), 'utf8');
    expect(text).not.toMatch(/Yamada|Tarou|"dicom"/);
  });

  test('--dicom-tags, by keyword and by number', async () => {
    const { images } = await embed('tags', at('set/tags.dcm'), '--dicom-tags', 'Modality,(0010,0040)');
    expect(images[0]?.dicom).toEqual({ Modality: 'MR', '(0010,0040)': 'F' });
  });

  test('a name that is none, before the work', async () => {
    const { code, stderr } = await cli([
      'embed',
      at('set'),
      '--dicom-tags',
      'Modulity',
      '-o',
      at('none'),
      ...model,
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Modulity');
  });
});

test('study reads frames again where it goes on', async () => {
  const run = () =>
    cli(['study', at('captions.csv'), '--frames', 'all', '-o', at('study'), '--seed', '1', ...model]);
  const [first, second] = [await run(), await run()];
  expect(first.stderr).not.toContain('Error');
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(second.stderr).toContain('used again');
  const html = await readFile(at('study/report.html'), 'utf8');
  expect(html).toContain('data:image/jpeg');
});
