// `evaluate` on the 89 example pairs by the embedded model, and on small sets. The judge: zero-shot's own answers.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BiomedClip, LoadOptions } from '../src/api.ts';
import { BiomedClip as Loader } from '../src/index.ts';
import { EMBEDDED_MODEL } from '../src/node/embedded-model.ts';
import { adapterOptions, cli as run, tinyModel } from './support/cli-run.ts';

const examples = fileURLToPath(new URL('../examples/biomed', import.meta.url));
/** 34 subjects. */
const labelled = join(examples, 'labels.csv');
let folder: string;
let model: BiomedClip;

/** One model for all commands of this file. */
async function loadModel(source: string, options: LoadOptions): Promise<BiomedClip> {
  if (source !== EMBEDDED_MODEL || options.closing) return Loader.load(source, options);
  const { info } = model;
  const embedBatch = model.embedBatch.bind(model);
  return { info, embedBatch, destroy() {}, async [Symbol.asyncDispose]() {} };
}
const cli = (...argv: string[]) => run([...argv, ...adapterOptions, '--quiet'], { loadModel });
const evaluate = (...argv: string[]) => cli('evaluate', ...argv, '--resamples', '20');
const json = async (...argv: string[]) => {
  const { code, stdout, stderr } = await evaluate(...argv, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'));
  model = await Loader.load(EMBEDDED_MODEL, { adapter: adapterOptions[1] });
  for (const [name, kind] of [
    ['03-bone-x-ray.png', 'X_ray'],
    ['07-chest-x-ray.png', 'X_ray'],
    ['08-brain-mri.png', 'MRI'],
    ['05-covid-line-chart.png', 'chart'],
    ['09-pie-chart.png', 'chart'],
  ] as const) {
    await mkdir(join(folder, 'set', kind), { recursive: true });
    await cp(join(examples, name), join(folder, 'set', kind, name));
  }
});
afterAll(async () => {
  model.destroy();
  await rm(folder, { recursive: true });
});

describe('a table', () => {
  test('zero-shot and probes: JSON, tables and a report that say the same', async () => {
    const out = join(folder, 'out');
    const result = await json(
      labelled,
      '--probe',
      'linear',
      '--regularization',
      '10',
      '--probe',
      'nearest',
      '-k',
      '1',
      '-k',
      '3',
      '-o',
      out,
    );
    expect(JSON.parse(await readFile(join(out, 'evaluation.json'), 'utf8'))).toEqual({
      ...result,
      out: undefined,
    });
    const [zeroShot, linear, nearest] = result.methods;
    expect(result.methods.map(({ name }: { name: string }) => name)).toEqual([
      'zero-shot',
      'linear',
      'nearest',
    ]);
    expect([zeroShot.items, result.classes.length]).toEqual([89, 34]);
    expect(result.templates).toEqual(['this is a photo of {}']);
    expect(zeroShot.accuracy.value).toBeGreaterThan(0.85);
    expect(zeroShot.accuracy.resamples).toBe(20);
    expect(Object.values(result.parts).reduce((a, b) => Number(a) + Number(b))).toBe(89);
    expect([linear.items, nearest.items]).toEqual([result.parts.test, result.parts.test]);
    expect(nearest.probe.tried.map(({ k }: { k: number }) => k)).toEqual([1, 3]);
    expect(Object.keys(result.provenance.inputs)).toEqual(['images', 'labels', 'prompts']);

    const read = async (name: string): Promise<Record<string, string>[]> =>
      parse(await readFile(join(out, name), 'utf8'), { columns: true });
    const predictions = (await read('predictions.csv')).filter(({ method }) => method === 'zero-shot');
    const right = predictions.filter(({ label, predicted }) => label === predicted).length;
    expect(right / 89).toBeCloseTo(zeroShot.accuracy.value, 12);
    const labels = result.classes.map(({ label }: { label: string }) => label);
    const { images, texts } = await model.embedBatch({
      images: [{ source: join(examples, predictions[0]?.id ?? '') }],
      texts: labels.map((label: string) => `this is a photo of ${label}`),
    });
    const cosines = labels.map((_: string, c: number) =>
      images.data.reduce((sum, x, d) => sum + x * (texts.data[c * texts.dim + d] ?? 0), 0),
    );
    const weights = cosines.map((x: number) => Math.exp(model.info.logitScale * (x - Math.max(...cosines))));
    const total = weights.reduce((a: number, b: number) => a + b, 0);
    for (const [c, label] of labels.entries()) {
      expect(Number(predictions[0]?.[`p:${label}`])).toBeCloseTo(weights[c] / total, 4);
    }
    expect((await read('evaluation.csv')).map(({ method }) => method)).toHaveLength(3 * 34);
    const [confused] = await read('confusion.csv');
    expect(Object.keys(confused ?? {})).toHaveLength(2 + 34);

    const html = await readFile(join(out, 'report.html'), 'utf8');
    expect(html.match(/<svg [^>]*role="img"/g)).toHaveLength(6);
    expect(html).toContain('not a medical model');
    expect(html).not.toMatch(/(src|href)="https?:/);
    expect(html).toContain(result.fingerprint);
    expect(await evaluate(labelled, '-o', out)).toMatchObject({ code: 1 });
  });

  test('classes and prompts of a file, averaged, and images of no class', async () => {
    const labels = join(folder, 'classes.csv');
    await writeFile(
      labels,
      'label,prompt\npie chart,a pie chart\npie chart,a chart of shares\nbrain MRI,MRI of a brain\n',
    );
    const set = [labelled, '--labels', labels];
    const refused = await evaluate(...set);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^LabelledSetError: .*labels.csv: 79 images \(.*\) with 32 labels \(.*\) that no class has; the classes are pie chart, brain MRI; .*--other-labels skip/,
    );
    const { code, stdout, stderr } = await evaluate(...set, '--other-labels', 'skip', '--json');
    expect(code).toBe(0);
    expect(stderr).toContain('left out: ');
    const result = JSON.parse(stdout);
    expect(result.classes).toEqual([
      { label: 'pie chart', prompts: ['a pie chart', 'a chart of shares'] },
      { label: 'brain MRI', prompts: ['MRI of a brain'] },
    ]);
    expect([result.methods[0].items, result.templates]).toEqual([10, []]);
    const templates = join(folder, 'templates.txt');
    await writeFile(templates, 'this is {}\n\na picture of {}\n');
    const again = JSON.parse(
      (await evaluate(...set, '--other-labels', 'skip', '--templates', templates, '--json')).stdout,
    );
    expect(again.classes[1].prompts).toEqual(['this is MRI of a brain', 'a picture of MRI of a brain']);
  });
});

describe('folders', () => {
  test('a folder a class, whose names are prompts without underscores; the same after embed', async () => {
    const set = [join(folder, 'set'), '--recursive', '--label-from', 'folder'];
    const result = await json(...set);
    expect(result.classes).toEqual([
      { label: 'MRI', prompts: ['this is a photo of MRI'] },
      { label: 'X_ray', prompts: ['this is a photo of X ray'] },
      { label: 'chart', prompts: ['this is a photo of chart'] },
    ]);
    const embedded = join(folder, 'embedded');
    expect(await cli('embed', ...set, '-o', embedded)).toMatchObject({ code: 0 });
    const again = await json(embedded);
    expect(again.methods[0].confusion).toEqual(result.methods[0].confusion);
    expect(again.methods[0].brier.value).toBeCloseTo(result.methods[0].brier.value, 6);
    const text = (await evaluate(embedded)).stdout;
    expect(text).toContain('3 classes');
    expect(text).toMatch(/accuracy +\d+\.\d\d % +\d+\.\d\d % to/);
    expect(text).toContain('not a medical model');
  });

  test('Parquet and tars: the classes and groups in them, and an image of several captions once', async () => {
    const golden = (name: string) => fileURLToPath(new URL(`golden/archives/${name}`, import.meta.url));
    const classes = join(folder, 'classes.csv');
    await writeFile(classes, 'label,prompt\nlung,lung\nskin,skin\nretina,retina\n');
    const found = [];
    for (const name of ['bytes.parquet', 'hugging-face.parquet', 'ustar.tar.gz']) {
      const out = join(folder, name);
      const { methods, classes: used } = await json(golden(name), '--labels', classes, '-o', out);
      expect(used.map(({ label }: { label: string }) => label)).toEqual(['lung', 'skin', 'retina']);
      const [{ items, drawn, accuracy, confusion }] = methods;
      expect([items, drawn]).toEqual([8, { units: 'groups', count: 4 }]); // archives.py: 8 images of 4 patients, 11 captions
      const rows: Record<string, string>[] = parse(await readFile(join(out, 'predictions.csv'), 'utf8'), {
        columns: true,
      });
      expect(rows.map(({ label }) => label)).toEqual([
        ...['lung', 'skin', 'lung', 'retina'],
        ...['lung', 'skin', 'lung', 'retina'],
      ]);
      found.push(accuracy.value);
      const embedded = join(folder, `embedded-${name.replaceAll('.', '-')}`);
      expect(await cli('embed', golden(name), '-o', embedded)).toMatchObject({ code: 0 });
      const again = await json(embedded, '--labels', classes);
      expect(again.methods[0]).toMatchObject({ items: 8, confusion });
    }
    expect(new Set(found).size).toBe(1);
  });

  test('labels, groups and parts of files; a group on two sides is refused', async () => {
    const images = ['03-bone-x-ray', '07-chest-x-ray', '05-covid-line-chart', '09-pie-chart', '08-brain-mri'];
    const paths = images.map((name) => join(examples, `${name}.png`));
    const table = join(folder, 'facts.csv');
    const write = (groups: string) =>
      writeFile(
        table,
        [
          'id,label,group,split',
          ...images.map((name, i) =>
            [
              `${name}.png`,
              i < 2 ? 'scan' : 'chart',
              groups[i],
              ['train', 'test', 'train', 'val', 'test'][i],
            ].join(','),
          ),
        ].join('\n'),
      );
    await write('abcde');
    const facts = [
      '--truth',
      table,
      '--groups',
      table,
      '--split',
      table,
      '--probe',
      'linear',
      '--regularization',
      '1',
    ];
    const result = await json(...paths, ...facts);
    expect(result.parts).toEqual({ train: 2, validation: 1, test: 2, unused: 0 });
    expect(result.methods[0].drawn).toEqual({ units: 'groups', count: 5 });
    expect(result.methods[1].probe).toEqual({ regularization: 1, tried: [], trainedOn: 2 });
    await write('aacde');
    const leaking = await evaluate(...paths, ...facts);
    expect(leaking).toMatchObject({ code: 1, stdout: '' });
    expect(leaking.stderr).toContain('has the group: a in both train and test; a group belongs to one part');
    await writeFile(table, (await readFile(table, 'utf8')).replace('val', 'half'));
    expect((await evaluate(...paths, ...facts)).stderr).toContain(
      'says "half" of "09-pie-chart.png"; it must be train',
    );
  });
});

describe('what it refuses', () => {
  const cheXpert = 'Path,Atelectasis,Edema,Cardiomegaly\na.png,1.0,,-1.0\nb.png,,0.0,1.0\n';
  test.each([
    [
      'several labels an image',
      cheXpert,
      [],
      1,
      'SeveralLabelsError: DIR/labels.csv:1: has several labels an image',
    ],
    [
      'no column of labels',
      'image,note\na.png,x\n',
      [],
      1,
      'no column is known to hold the classes; its columns are',
    ],
    ['no label of an image', 'image,label\na.png,\n', [], 1, 'no image has a label; say where labels are'],
    ['one label', 'image,label\na.png,x\n', [], 1, 'all images have the label "x"'],
    ['two labels of an image', 'image,label\na.png,x\na.png,y\n', [], 1, 'says both "x" and "y" of "a.png"'],
    ['an absent image', 'image,label\na.png,x\nb.png,y\n', [], 1, 'ImageNotFoundError'],
    [
      'a template without place',
      'image,label\na.png,x\n',
      ['--template', 'x'],
      2,
      '--template "x": has no {} for the class',
    ],
    [
      'both kinds of template',
      'image,label\na.png,x\n',
      ['--template', '{}', '--templates', 'DIR/t.txt'],
      2,
      'pass one of',
    ],
    [
      'a file of templates without place',
      'image,label\na.png,x\n',
      ['--templates', 'DIR/t.txt'],
      1,
      't.txt:2: "wrong" has no {}',
    ],
    [
      'classes without a label',
      'image,label\na.png,x\n',
      ['--labels', 'DIR/c.csv'],
      1,
      'c.csv:1: its columns are "name", "text"',
    ],
    [
      'one class',
      'image,label\na.png,x\n',
      ['--labels', 'DIR/one.txt'],
      2,
      'names one class; a classification needs two',
    ],
    [
      'a class twice',
      'image,label\na.png,x\n',
      ['--labels', 'DIR/two.txt'],
      1,
      'two.txt:2: has "x, of y" a second time',
    ],
    [
      'probe options without a probe',
      'image,label\na.png,x\n',
      ['--shots', '2'],
      2,
      '--shots has no effect without --probe',
    ],
    [
      'another probe',
      'image,label\na.png,x\n',
      ['--probe', 'deep'],
      2,
      '--probe deep: must be linear or nearest',
    ],
    [
      'a subset without a recipe',
      'image,label\na.png,x\n',
      ['--subset', 'base'],
      2,
      '--subset has no effect without --recipe',
    ],
  ] as const)('%s', async (_, table, more, code, message) => {
    await writeFile(join(folder, 'labels.csv'), table);
    await cp(join(examples, '08-brain-mri.png'), join(folder, 'a.png'));
    await writeFile(join(folder, 't.txt'), 'a {}\nwrong\n');
    await writeFile(join(folder, 'c.csv'), 'name,text\na,b\n');
    await writeFile(join(folder, 'one.txt'), 'x\n');
    await writeFile(join(folder, 'two.txt'), 'x, of y\nx, of y\n');
    const argv = more.map((word) => word.replace('DIR', folder));
    const result = await evaluate(join(folder, 'labels.csv'), ...argv);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr.replaceAll(folder, 'DIR')).toContain(message);
  });

  test('embeddings of another model', async () => {
    const { directory } = await tinyModel(folder);
    const other = await evaluate(join(folder, 'embedded'), '--model', directory);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('DifferentCheckpointsError');
    expect((await evaluate(join(folder, 'embedded'), '--recursive')).stderr).toContain(
      '--recursive has no effect on embeddings',
    );
  });

  test('a column a finding is a classification of its own', async () => {
    const table = join(folder, 'chexpert.csv');
    const [a, b, c] = ['03-bone-x-ray', '07-chest-x-ray', '05-covid-line-chart'].map((name) =>
      join(examples, `${name}.png`),
    );
    await writeFile(table, `Path,Fracture,Edema\n${a},1.0,0.0\n${b},0.0,1.0\n${c},-1.0,\n`);
    const labels = join(folder, 'fracture.csv');
    await writeFile(labels, 'label,prompt\n1.0,a bone\n0.0,a chest\n');
    const { code, stdout } = await evaluate(
      ...[table, '--label-column', 'Fracture', '--labels', labels, '--other-labels', 'skip', '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).methods[0].items).toBe(2);
  });
});
