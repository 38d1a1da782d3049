import { batch } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import { EMBEDDED, spaceOf } from '../engine/space.ts';
import type {
  EmbeddedPairs,
  KnownPair,
  ModelSource,
  PairInput,
  Prepared,
  Space,
  WindowChoice,
} from '../engine/types.ts';
import { counted } from '../parts/number.ts';
import type { Opened, OpenModel } from '../session/session.ts';
import { follow } from './closing.ts';
import { windowChoice } from './grey-window.ts';
import { mapStep, runMap } from './map.ts';
import { measureEmbedded } from './measures.ts';
import { forgetNews, lost, report, say } from './messages.ts';
import { noteSoFar, replace, type Tell } from './opening-task.ts';
import { measurePairs } from './pair-figures.ts';
import { session } from './session.ts';

/** So many pairs are shown at once where nothing is open, and more than these are still to come. */
const FIRST_LOOK = 50;

const DEFAULT_MODEL: ModelSource = { kind: 'embedded' };

const TITLES: Readonly<Record<string, string>> = {
  weights: 'Loading the model',
  tuning: 'Measuring which kernels are fastest here',
  pairs: 'Embedding pairs',
  known: 'Looking for what was embedded before',
};

/** Stages of so many pieces; of the others a share is known. */
const COUNTED: ReadonlySet<string> = new Set(['pairs', 'known']);

/** Where the open pairs come from: embedded here, from files or as the example set, or before. */
export type Origin = 'files' | 'example' | 'saved';

/** What is to be opened: pairs, another model for them, or both. */
interface Plan {
  readonly inputs: readonly KnownPair[];
  readonly origin: Origin;
  readonly source?: ModelSource;
  readonly notes?: readonly string[];
  /** The pairs stay as they are: the model may be the one that embedded them. */
  readonly isBeside?: boolean;
  /** What is open of the same inputs, where their embedding was stopped. */
  readonly before?: EmbeddedPairs | undefined;
}

/** Of the pairs that are open. */
export const origin = session.ofSet.choice<Origin>('saved');

/** Embeds what is found, and puts it in the place of what is open. */
export async function open(
  title: string,
  find: (signal: AbortSignal, tell: Tell) => Promise<Plan>,
): Promise<void> {
  await replace(title, async (isLatest, signal, tell) => {
    const plan = await find(signal, tell);
    if (!isLatest()) return;
    const window = plan.before ? session.window.value : windowChoice.value;
    let isShown = plan.before !== undefined;
    let isLookedAt = false;
    const put = async (prepared: Prepared) => {
      const isMore = isShown;
      isShown = true;
      if (isMore) await growTo(prepared, plan, window);
      else openPrepared(prepared, plan, window);
    };
    const show = async () => {
      try {
        const beyond = isShown ? (session.embedded.value?.tried ?? 0) : 0;
        const prepared = await engine().soFar(beyond); // undefined where there is nothing new
        if (!isLatest() || !prepared) return;
        const ready = prepared.embedded?.kept.length ?? 0;
        noteSoFar({ ready, isShown: true, show });
        await put(prepared);
      } catch (error) {
        report(error);
      }
    };
    const onReady = (ready: number, toCome: number) => {
      if (!isLatest()) return;
      noteSoFar({ ready, isShown, show });
      if (isLookedAt || session.pairCount.value > 0 || ready < FIRST_LOOK || toCome <= FIRST_LOOK) return;
      isLookedAt = true;
      void show();
    };
    if (isShown) noteSoFar({ ready: session.pairCount.value, isShown, show });
    try {
      const prepared = await prepare(plan.isBeside ? { ...plan, inputs: [] } : plan, window, tell, onReady);
      if (isLatest()) await put(prepared);
    } catch (error) {
      if (isShown && isLatest()) await show(); // what was embedded before it ended is not lost
      throw error;
    }
  });
}

/** Puts what is ready in the place of what is open. */
function openPrepared(prepared: Prepared, plan: Plan, window: WindowChoice | undefined): void {
  const opened = adopt(prepared, plan, window);
  const { model, embedded } = opened;
  if (!embedded && plan.inputs.length > 0) {
    useBeside(model);
    return;
  }
  batch(() => {
    session.take(opened);
    origin.value = plan.origin;
  });
  if (embedded) start(embedded, plan.notes);
}

/** More of what is open is ready. */
async function growTo(prepared: Prepared, plan: Plan, window: WindowChoice | undefined): Promise<void> {
  const opened = adopt(prepared, plan, window);
  const around = mapStep.value?.embedding;
  batch(() => {
    session.grow(opened);
    origin.value = plan.origin;
  });
  await follow(); // as people chose to see those that were there
  const { embedded } = opened;
  if (embedded && session.embedded.value === embedded) start(embedded, plan.notes, around);
}

function adopt(
  { ticket, info, embedded }: Prepared,
  { source, inputs }: Plan,
  window: WindowChoice | undefined,
): Opened & { readonly model: OpenModel } {
  engine().adopt(ticket).catch(report); // arrives before any question about it
  const model = { info, source: source ?? usualModel() };
  lost.value = undefined;
  forgetNews();
  return { model, space: spaceUnder(model), inputs, window, embedded };
}

/** By the name that manifests have. */
function spaceUnder({ info, source }: OpenModel): Space {
  return { ...spaceOf(info), ...(source.kind === 'embedded' && { name: EMBEDDED }) };
}

/** Pairs without their images stay as they were embedded. */
function useBeside(model: OpenModel): void {
  session.use(model);
  if (session.takesQueries.value || session.inputs.value.every(hasImage)) return;
  const { name = 'a model that their file does not name' } = session.space.value ?? {};
  say(
    'info',
    `The embeddings that are open are of ${name}, and without their images they cannot be embedded by ${model.info.name}: it serves zero-shot alone.`,
  );
}

export function prepare(
  { inputs, source, before }: Pick<Plan, 'inputs' | 'source' | 'before'>,
  window: WindowChoice | undefined,
  tell: Tell,
  onReady: (ready: number, toCome: number) => void = () => {},
): Promise<Prepared> {
  return engine().prepare(
    {
      source: source ?? usualModel(),
      isOther: source !== undefined,
      pairs: inputs.every(hasImage) ? inputs.map(asInput) : [],
      window,
      before,
    },
    proxy(({ stage, done, total, ready }) => {
      tell({ title: TITLES[stage] ?? stage, done, total, isCounted: COUNTED.has(stage) });
      if (ready !== undefined) onReady(ready, total - done);
    }),
    proxy((warning: string, said?: string) => say('warning', warning, said)),
  );
}

export function hasImage(pair: KnownPair): pair is PairInput {
  return pair.image !== undefined;
}

/** What the engine needs, of what may be more. */
function asInput({ id, image, caption, label, group }: PairInput): PairInput {
  return { id, image, caption, label, group };
}

export function usualModel(): ModelSource {
  return session.model.value?.source ?? DEFAULT_MODEL;
}

export function start(embedded: EmbeddedPairs, notes: readonly string[] = [], around?: Float32Array): void {
  const said = [...notes, ...remarks(embedded)];
  if (said.length > 0) say('info', said.join(' '));
  if (!mapStep.value) void runMap('anew', around);
  void measureEmbedded();
  void measurePairs();
}

function remarks({ skipped, truncated, known = 0, kept }: EmbeddedPairs): string[] {
  const [first] = skipped;
  return [
    ...(known > 0
      ? [
          `${known.toLocaleString('en')} of ${counted(kept.length, 'pair')} were known from before, and not embedded again.`,
        ]
      : []),
    ...(first
      ? [`${counted(skipped.length, 'pair')} could not be embedded and had to be left out: ${first}`]
      : []),
    ...(truncated > 0
      ? [`${counted(truncated, 'caption')} had to be cut, being longer than the model reads.`]
      : []),
  ];
}
