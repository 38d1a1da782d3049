/** The seeded models of open_clip's towers that open-clip.py judges. */
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { localDirectorySink } from '../../src/node/files.ts';
import { type SeededModelOptions, writeSeededModel } from '../../weights/seeded.ts';

export const OPEN_CLIP_MODELS = {
  clip: { preset: 'tiny', seed: 3, towers: { image: 'open_clip', text: 'clip' } },
  'quick-gelu': {
    preset: 'tiny',
    seed: 4,
    towers: { image: 'open_clip', text: 'clip', quickGelu: true, headWidth: 88, textModule: true },
  },
  'no-ln-pre': {
    preset: 'tiny',
    seed: 5,
    towers: { image: 'open_clip', text: 'clip', headWidth: 80, withoutPreNorm: true },
  },
  'mean-first': {
    preset: 'tiny',
    seed: 6,
    towers: {
      image: 'open_clip',
      text: 'clip',
      layerScale: true,
      imageHead: { pool: 'mean' },
      clipHead: { pool: 'first', bidirectional: true, proj: 'bias' },
    },
  },
  'late-norm-last': {
    preset: 'tiny',
    seed: 7,
    towers: {
      image: 'open_clip',
      text: 'clip',
      imageHead: { pool: 'mean', normAfterPool: true },
      clipHead: { pool: 'last', proj: 'none' },
    },
  },
  eos: {
    preset: 'tiny',
    seed: 8,
    towers: { image: 'open_clip', text: 'clip', clipHead: { pool: { id: 300 } } },
  },
  siglip: { preset: 'tiny', seed: 9, towers: { siglip: 1 } },
  'siglip-2': { preset: 'tiny', seed: 10, towers: { siglip: 2 } },
} as const satisfies Record<string, SeededModelOptions>;

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, options] of Object.entries(OPEN_CLIP_MODELS)) {
    await writeSeededModel(localDirectorySink(`${argv[2]}/${name}`), options);
  }
}
