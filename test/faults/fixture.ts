import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vectors } from '../../src/index.ts';
import { cli, tinyModel, writeImages } from '../support/cli-run.ts';
import { seededNormal } from '../support/numbers.ts';
import { unwatchFiles, watchFiles } from './file-calls.ts';

/** The inputs of all jobs, in one folder, whose files are counted. */
export interface Fixture {
  readonly folder: string;
  readonly model: string;
  /** Options of a command that runs the model. */
  readonly options: readonly string[];
  readonly images: readonly string[];
  readonly captions: string;
  /** Of `shards plan`. */
  readonly plan: string;
  /** `[60, 8]` each, texts apart from images, as files too. */
  readonly vectors: { readonly images: Vectors; readonly texts: Vectors };
  readonly files: { readonly images: string; readonly texts: string; readonly closing: string };
  readonly remove: () => Promise<void>;
}

const [PAIRS, DIM] = [60, 8];

export async function makeFixture(): Promise<Fixture> {
  process.env.SOURCE_DATE_EPOCH = '1700000000'; // or every result would have another date
  const folder = await mkdtemp(join(tmpdir(), 'biomedclip-faults-'));
  const cache = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  const { directory, options } = await tinyModel(folder);
  const names = ['0.png', '1.png', '2.png', '3.png', '4.png'];
  const images = await writeImages(join(folder, 'scans'), names);
  const captions = join(folder, 'captions.csv');
  const rows = names.map((name, i) => `scans/${name},caption ${i} of a scan\n`);
  await writeFile(captions, `image,caption\n${rows.join('')}`);
  const at = (name: string) => join(folder, name);
  const plan = at('plan.json');
  await expectDone(['shards', 'plan', '--captions', captions, '--rows', '3', '-o', plan, '-m', directory]);
  await mkdir(at('rows'));
  const vectors = { images: vectorsOf(0), texts: vectorsOf(1) };
  const files = {
    images: at('rows/images.npy'),
    texts: at('rows/texts.npy'),
    closing: at('closing.safetensors'),
  };
  const { npyBytes } = await import('../../src/index.ts');
  for (const kind of ['images', 'texts'] as const) await writeFile(files[kind], npyBytes(vectors[kind]));
  await expectDone(['close-gap', 'fit', files.images, files.texts, '-o', files.closing, ...METHOD]);
  watchFiles(folder);
  const remove = async () => {
    unwatchFiles(folder);
    process.env.XDG_CACHE_HOME = cache;
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    delete process.env.SOURCE_DATE_EPOCH;
    await rm(folder, { recursive: true });
  };
  return { folder, model: directory, options, images, captions, plan, vectors, files, remove };
}

/** The fastest fit. */
export const METHOD = ['--method', 'shift', '--folds', '2'];

function vectorsOf(side: number): Vectors {
  const [own, noise] = [seededNormal(PAIRS * DIM, 1), seededNormal(PAIRS * DIM, 2 + side)];
  const data = Float32Array.from(
    own,
    (value, i) => value + 0.3 * (noise[i] ?? 0) + (i % DIM === 0 ? 3 * side : 0),
  );
  return { data, rows: PAIRS, dim: DIM };
}

async function expectDone(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}
