import type { Toggle } from '../src/device/toggles.ts';
import { throwIfAborted } from '../src/errors.ts';
import { runChild } from './child.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface TogglesOptions {
  /** URL of the library's built entry, which the measured processes import. */
  readonly entry: string;
  /** A checkpoint directory. */
  readonly model: string;
  readonly adapter?: string;
  /** Processes a setting, in turn; 5 by default. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Dawn's defaults, and each toggle alone. */
export const SETTINGS: readonly { readonly name: string; readonly toggles: readonly Toggle[] }[] = [
  { name: 'defaults', toggles: [] },
  { name: 'disable_robustness', toggles: ['disable_robustness'] },
  { name: 'skip_validation', toggles: ['skip_validation'] },
  { name: 'disable_workgroup_init', toggles: ['disable_workgroup_init'] },
  { name: '-lazy_clear_resource_on_first_use', toggles: ['-lazy_clear_resource_on_first_use'] },
  { name: '-timestamp_quantization', toggles: ['-timestamp_quantization'] },
];

/** Milliseconds of a pass in one process: the median of its runs. */
interface Times {
  readonly image: number;
  readonly text: number;
  readonly adapter: string;
}

export interface ToggleResult {
  readonly name: string;
  readonly image: Spread;
  readonly text: Spread;
  /** Time under Dawn's defaults divided by this one's: the median over the rounds. Above 1 is faster. */
  readonly imageGain: number;
  readonly textGain: number;
}

export interface TogglesReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly model: string;
  readonly rounds: number;
  readonly images: number;
  readonly texts: number;
  readonly results: readonly ToggleResult[];
}

const IMAGES = 2;
const TEXTS = 8;
const RUNS = 3;

/** What a measured process does. Its arguments: entry, model, toggles, adapter. */
const SCRIPT = `
const [, entry, source, toggles, adapter] = process.argv;
const { BiomedClip } = await import(entry);
const model = await BiomedClip.load(source, { adapter: adapter || undefined, toggles: JSON.parse(toggles) });
const { imageSize: size } = model.info;
const images = Array.from({ length: ${IMAGES} }, (_, k) => {
  const data = Uint8Array.from({ length: size * size * 4 }, (_, i) => i * (k + 3));
  return { width: size, height: size, data };
});
const texts = Array.from({ length: ${TEXTS} }, (_, i) => 'this is a photo of a chest image '.repeat(i + 1));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
async function time(inputs) {
  const times = [];
  for (let run = 0; run <= ${RUNS}; run++) {
    const start = performance.now();
    await model.embedBatch(inputs, { batchSize: 64 });
    if (run > 0) times.push(performance.now() - start);
  }
  return median(times);
}
const result = { image: await time({ images }), text: await time({ texts }), adapter: model.info.adapter };
console.log(JSON.stringify(result));
model.destroy();
`;

/**
 * Measures each of Dawn's relevant toggles alone, each in a new process, since a toggle applies to an instance; the
 * settings alternate.
 * @throws {BenchChildError}
 */
export async function benchToggles(options: TogglesOptions): Promise<TogglesReport> {
  const { entry, model, adapter = '', rounds = 5, signal, onProgress = () => {} } = options;
  const times = new Map<string, Times[]>(SETTINGS.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, toggles } of SETTINGS) {
      throwIfAborted(signal);
      onProgress(`${name}: round ${round} of ${rounds}`);
      const args = [entry, model, JSON.stringify(toggles), adapter];
      times.get(name)?.push(await runChild<Times>(SCRIPT, args, { signal }));
    }
  }
  const defaults = times.get('defaults') ?? [];
  return {
    date: new Date().toISOString(),
    adapter: defaults[0]?.adapter ?? '',
    node: process.version,
    model,
    rounds,
    images: IMAGES,
    texts: TEXTS,
    results: SETTINGS.map(({ name }) => resultOf(name, times.get(name) ?? [], defaults)),
  };
}

function resultOf(name: string, times: readonly Times[], defaults: readonly Times[]): ToggleResult {
  const gain = (kind: 'image' | 'text') =>
    spreadOf(times.map((time, round) => (defaults[round]?.[kind] ?? Number.NaN) / time[kind])).median;
  return {
    name,
    image: spreadOf(times.map(({ image }) => image)),
    text: spreadOf(times.map(({ text }) => text)),
    imageGain: gain('image'),
    textGain: gain('text'),
  };
}
