// The judges: what the privacy rules of src/node/provenance.ts say, GNU sha256sum's digests, and the specification of
// SOURCE_DATE_EPOCH.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EMBEDDED_MODEL } from '../src/node/embedded-model.ts';
import { SourceDateError } from '../src/node/errors.ts';
import {
  cautionOf,
  commandText,
  dateOf,
  listDigest,
  modelName,
  provenanceOf,
  shortPath,
  withHome,
  withoutHome,
} from '../src/node/provenance.ts';
import { cli } from './support/cli-run.ts';

afterEach(() => vi.unstubAllEnvs());

const run = { argv: ['gap', 'a.npy'], started: new Date('2026-11-26T19:00:00.789Z') };

test('has what a methods section names', () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
  expect(
    provenanceOf(run, {
      seed: 0,
      gpu: { device: 'a-gpu', description: 'a driver 1.2' },
      model: { name: '/data/models/mine', fingerprint: 'ab' },
      inputs: { images: 'cd' },
    }),
  ).toEqual({
    package: 'biomedclip-webgpu',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    date: '2026-11-26T19:00:00Z',
    command: 'biomedclip-webgpu gap a.npy',
    seed: 0,
    adapter: 'a-gpu',
    driver: 'a driver 1.2',
    model: { name: 'mine', fingerprint: 'ab' },
    inputs: { images: 'cd' },
  });
});

describe('date', () => {
  test('is that of SOURCE_DATE_EPOCH where it is set', () => {
    vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
    expect(dateOf(run)).toBe('2023-11-14T22:13:20Z');
  });

  test.each(['yesterday', '-1', '1.5', '99999999999999999'])('refuses %s before the work', async (value) => {
    vi.stubEnv('SOURCE_DATE_EPOCH', value);
    expect(() => dateOf(run)).toThrow(SourceDateError);
    const { code, stderr } = await cli(['gap', 'missing.npy', 'missing.npy']);
    expect(code).toBe(1);
    expect(stderr).toContain('SourceDateError: SOURCE_DATE_EPOCH must be whole seconds');
  });
});

test.each([
  ['examples/biomed', 'examples/biomed'],
  ['../pairs/captions.csv', '../pairs/captions.csv'],
  [join(process.cwd(), 'examples', 'biomed'), 'examples/biomed'],
  ['/data/patients/images.npy', 'images.npy'],
  ['/data/patients/', 'patients'],
  ['../../home/someone/secret/captions.csv', 'captions.csv'],
  ['~/captions.csv', 'captions.csv'],
  [String.raw`C:\Users\someone\captions.csv`, 'captions.csv'],
  ['file:///home/someone/captions.csv', 'captions.csv'],
  ['https://someone:secret@example.org/model/?token=secret', 'https://example.org/model/'],
  ['chest X-ray,brain MRI', 'chest X-ray,brain MRI'],
])('%s is told as %s', (path, told) => {
  expect(shortPath(path)).toBe(told);
});

test('a command line can be pasted into a shell, and tells no secret', () => {
  const argv = ['zero-shot', '/data/a b.png', '--labels', "a, it's", '--token=abc', '--api-key', 'def'];
  expect(commandText([...argv, '--out=/home/someone/out'])).toBe(
    String.raw`biomedclip-webgpu zero-shot 'a b.png' --labels 'a, it'\''s' --token=*** --api-key *** --out=out`,
  );
});

test('a text without the home folder leads to the same file', () => {
  const path = join(homedir(), 'images', 'a.png');
  expect(withoutHome(`ImageError: ${path}: no`)).toBe('ImageError: ~/images/a.png: no');
  expect(withHome(withoutHome(path))).toBe(path);
  expect(withoutHome(`${homedir()}er/a.png`)).toBe(`${homedir()}er/a.png`);
});

test.each([
  [EMBEDDED_MODEL, 'embedded'],
  ['/data/runs/embedded', './embedded'], // which the package's model is not
  ['/data/models/biomedclip/', 'biomedclip'],
  ['weights/default', 'default'],
  ['microsoft/BiomedCLIP', 'microsoft/BiomedCLIP'],
  ['hf-hub:microsoft/BiomedCLIP', 'hf-hub:microsoft/BiomedCLIP'],
  ['/x/hub/models--microsoft--BiomedCLIP/snapshots/0123abc', 'microsoft/BiomedCLIP'],
  ['https://me:secret@example.org/model', 'https://example.org/model'],
])('the model %s is named %s', (source, told) => {
  expect(modelName(source)).toBe(told);
});

test('results of the embedded model and of untrained ones say so, others nothing', () => {
  expect(cautionOf({ name: modelName(EMBEDDED_MODEL), untrained: false })).toContain('not a medical model');
  expect(cautionOf({ name: 'model', untrained: true })).toContain('untrained');
  expect(cautionOf({ name: 'microsoft/BiomedCLIP', untrained: false })).toBeUndefined();
});

test('the revision is that of the hub’s cache', () => {
  const name = '/x/hub/models--microsoft--BiomedCLIP/snapshots/0123abc';
  expect(provenanceOf(run, { model: { name }, inputs: {} }).model).toMatchObject({ revision: '0123abc' });
});

test('a list’s digest is that of its lines as JSON', () => {
  // printf '"a"\n"b\\nc"\n' | sha256sum
  const lines = '"a"\n"b\\nc"\n';
  expect(listDigest(['a', 'b\nc'])).toBe(createHash('sha256').update(lines).digest('hex'));
  expect(listDigest(['a\nb'])).not.toBe(listDigest(['a', 'b']));
});
