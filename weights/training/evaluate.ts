// Every figure of weights/default/README.md, computed by this engine in f32 and f16, with chance levels.
import { fileURLToPath } from 'node:url';
import { BiomedClip } from '../../src/index.ts';
import { evaluateDefault, type Figure, type GapFigures } from '../evaluate-default.ts';
import { readEvaluationSet } from './evaluation-set.ts';

/** Prints the figures of a model directory; `root` is the checkout. */
export async function evaluate(root: string, model: string, adapter?: string): Promise<void> {
  const set = await readEvaluationSet(root);
  for (const dtype of ['f32', 'f16', 'q8'] as const) {
    await using loaded = await BiomedClip.load(model, { adapter, dtype });
    console.log(`${model}, ${dtype}, on ${loaded.info.adapter}`);
    const { figures, gap } = await evaluateDefault(loaded, set);
    for (const figure of figures) console.log(`  ${figureLine(figure)}`);
    console.log(`  ${gapLine(gap)}\n`);
  }
}

function figureLine({ name, value, chance, of }: Figure): string {
  return `${value.toFixed(3)}  (chance ${chance.toFixed(3)})  ${name}, ${of} pictures`;
}

function gapLine({ centroidDistance, ...cosines }: GapFigures): string {
  const means = Object.entries(cosines).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return `gap on the example set: centroid distance ${centroidDistance.toFixed(3)}; mean cosine ${means.join(', ')}`;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
await evaluate(root, process.argv[2] ?? `${root}/weights/default`, process.env.BIOMEDCLIP_ADAPTER);
