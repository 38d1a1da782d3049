import { batch, computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { isArchiveName } from '../../../../src/archives/index.ts';
import type { CaptionsChoice } from '../data/captions-file.ts';
import { type FoundFile, pickedFiles } from '../data/dropped-files.ts';
import { exampleFiles } from '../data/example-set.ts';
import type { ReadPairs } from '../data/pair-archives.ts';
import { pairFiles } from '../data/paired-files.ts';
import { type FoundSaved, savedAmong, withFilesBeside } from '../data/saved-files.ts';
import { engine } from '../engine/client.ts';
import { pairDistances } from '../engine/rows.ts';
import { EMBEDDED, spaceOf } from '../engine/space.ts';
import type {
  EmbeddedPairs,
  KnownPair,
  ModelSource,
  PairInput,
  PairVectors,
  Prepared,
  Space,
  WindowChoice,
} from '../engine/types.ts';
import { cutImages } from '../keep/facts.ts';
import { counted } from '../parts/number.ts';
import { Answer } from '../session/answer.ts';
import type { Opened, OpenModel } from '../session/session.ts';
import { asked, captionsQuestion } from './captions-question.ts';
import { follow } from './closing.ts';
import { windowChoice } from './grey-window.ts';
import { mapStep, runMap } from './map.ts';
import { measureEmbedded } from './measures.ts';
import { forgetNews, lost, report, say } from './messages.ts';
import { measurePairs } from './pair-figures.ts';
import { session } from './session.ts';

/** What the page waits for. */
export interface Progress {
  readonly title: string;
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  /** Whether it is so many pieces, and no share alone. */
  readonly isCounted?: boolean;
}

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

/** Of an embedding under way: how many of its pairs could be looked at, and whether some are. */
interface SoFar {
  readonly ready: number;
  readonly isShown: boolean;
  /** Puts them in the place of what is open; the embedding goes on. */
  show(): Promise<void>;
}

/** Pairs that were embedded before, here or elsewhere. */
export interface SavedPairs {
  /** Rows of length 1. */
  readonly vectors: PairVectors;
  readonly space: Space;
  /** One a row. */
  readonly pairs: readonly KnownPair[];
  /** Of their pictures, where it is known. */
  readonly window?: WindowChoice | undefined;
  /** Makes ready what is to answer about them. */
  readonly useEngine?: () => void;
  /** Puts back how they were looked at: when they are there, and before a map of them starts. */
  readonly restoreView?: () => void;
  readonly notes: readonly string[];
}

type Tell = (progress: Progress) => void;

const finding = new Answer<ReadPairs | FoundSaved>();
const opening = new Answer<void>();
const progress = signal<Progress | undefined>(undefined);
const embedding = signal<SoFar | undefined>(undefined);
let fetching = new AbortController();

/** Of the pairs that are open. */
export const origin = session.ofSet.choice<Origin>('saved');

/** What is being opened, if anything is. */
export const task = computed(() => (opening.pending ? progress.value : undefined));
/** What could be looked at already, of what is being embedded. */
export const soFar = computed(() => (opening.pending ? embedding.value : undefined));
/** The start and the end of an opening, for those who do not see it. */
export const openingHeard = signal('');

export async function openExampleSet(): Promise<void> {
  const title = 'Fetching the example set';
  await open(title, async (signal, tell) => {
    const files = await exampleFiles((done, total) => tell({ title, done, total, isCounted: true }), signal);
    const { pairs: inputs, notes } = await pairFiles(pickedFiles(files));
    return { inputs, notes, origin: 'example' };
  });
}

/**
 * Files that are no pairs change nothing, not even what is being opened.
 * @param choice what people said of a captions file that does not say it itself
 */
export async function openFiles(files: readonly FoundFile[], choice: CaptionsChoice = {}): Promise<void> {
  captionsQuestion.value = undefined;
  try {
    await finding.ask(() => found(files, choice));
  } catch (error) {
    if (!asked(error, files, choice)) report(error);
  }
  const read = finding.value;
  finding.forget();
  if (!read) return;
  if ('saved' in read) {
    await openSaved('Reading the embeddings', () => readSaved(read, choice));
    return;
  }
  await open('Embedding', async (signal, tell) => {
    const { pairs: inputs, notes } = await read(
      (done, total) => tell({ title: 'Reading the set', done, total, isCounted: true }),
      signal,
    );
    return { inputs, notes, origin: 'files' };
  });
}

/** A table's images are files already; those in archives are read once the pairs are known. */
async function found(files: readonly FoundFile[], choice: CaptionsChoice): Promise<ReadPairs | FoundSaved> {
  const saved = await savedAmong(files, (parquets) => engine().vectorsAmong(parquets));
  if (saved) return saved;
  if (files.some(({ path }) => isArchiveName(path))) {
    const { openArchives } = await import('../data/pair-archives.ts'); // with its decoders
    return openArchives(files, choice);
  }
  const paired = await pairFiles(files, choice);
  return async () => paired;
}

async function readSaved({ saved, others }: FoundSaved, choice: CaptionsChoice): Promise<SavedPairs> {
  const read = await engine().readSaved(saved);
  return { ...read, ...(await withFilesBeside(read, others, choice)) };
}

/** Another model, with which what is open is embedded again. */
export async function openModel(source: ModelSource): Promise<void> {
  const isBeside = session.pairCount.value > 0 && !session.takesQueries.value;
  const origin = originAgain();
  await open('Loading the model', async () => ({ source, inputs: await openInputs(), origin, isBeside }));
  const isAnother = isBeside && !session.takesQueries.value && session.model.value?.source === source;
  if (isAnother && session.inputs.value.every(hasImage)) await embedAgain();
}

/** The model that is open in half precision, with which what is open is embedded again. */
export async function openInHalf(): Promise<void> {
  await openModel({ ...usualModel(), dtype: 'f16' });
}

/** Pairs that were embedded before; no model is loaded for them. */
export async function openSaved(
  title: string,
  read: (signal: AbortSignal, tell: Tell) => Promise<SavedPairs>,
): Promise<void> {
  await replace(title, async (isLatest, signal, tell) => {
    const { vectors, space, pairs, window, notes, useEngine, restoreView } = await read(signal, tell);
    if (!isLatest()) return;
    useEngine?.();
    void engine().takeUp(vectors, space); // arrives before any question about it
    const embedded: EmbeddedPairs = {
      ...vectors,
      kept: pairs.map((_, i) => i),
      skipped: [],
      truncated: 0,
      distances: pairDistances(vectors),
    };
    forgetNews();
    session.take({ model: session.model.value, space, inputs: pairs, window, embedded });
    restoreView?.();
    start(embedded, notes);
  });
}

/** The same pairs by the window that is chosen now. */
export async function embedAgain(): Promise<void> {
  await open('Embedding', async () => ({ inputs: await openInputs(), origin: originAgain() }));
}

/** What is open, with its images at hand. */
async function openInputs(): Promise<readonly KnownPair[]> {
  const { value } = session.inputs;
  await cutImages(value);
  return value;
}

/** Of the pairs that are open, once they are embedded anew. */
function originAgain(): Origin {
  return origin.value === 'example' ? 'example' : 'files';
}

/** Whether what is open was embedded by another window than the one that is chosen now. */
export const isWindowNew = computed(() => {
  const isOther = JSON.stringify(windowChoice.value) !== JSON.stringify(session.window.value);
  return isOther && session.pairCount.value > 0 && session.inputs.value.every(hasImage);
});

/** What was not embedded when people stopped, beside what is open. */
export async function embedRest(): Promise<void> {
  const before = session.embedded.value;
  const origin = originAgain();
  await open('Embedding', async () => ({ inputs: await openInputs(), origin, before }));
}

/** What is open stays as it is; of what is being embedded, and shown so far, all that there is by now. */
export async function cancelOpening(): Promise<void> {
  const { isShown, show } = soFar.value ?? {};
  if (isShown) await show?.().catch(report);
  opening.forget();
  fetching.abort();
  void engine().cancel('prepare');
  openingHeard.value = isShown
    ? `Stopped. ${counted(session.pairCount.value, 'pair')} open.`
    : 'Stopped. Nothing new was opened.';
}

/** Embeds what is found, and puts it in the place of what is open. */
async function open(title: string, find: (signal: AbortSignal, tell: Tell) => Promise<Plan>): Promise<void> {
  await replace(title, async (isLatest, signal, tell) => {
    const plan = await find(signal, tell);
    if (!isLatest()) return;
    const window = plan.before ? session.window.value : windowChoice.value;
    let isShown = false;
    const put = (prepared: Prepared) => {
      if (isShown || plan.before) growTo(prepared, plan, window);
      else takeUp(prepared, plan, window);
      isShown = true;
    };
    const show = async () => {
      const prepared = await engine().soFar();
      if (!isLatest() || !prepared) return;
      const isNew = !isShown || prepared.embedded?.tried !== session.embedded.value?.tried;
      if (isNew) put(prepared);
      embedding.value = { ready: prepared.embedded?.kept.length ?? 0, isShown, show };
    };
    const onReady = (ready: number, toCome: number) => {
      if (!isLatest()) return;
      embedding.value = { ready, isShown, show };
      const isFirst = session.pairCount.value === 0 && ready >= FIRST_LOOK && toCome > FIRST_LOOK;
      if (isFirst) void show().catch(report);
    };
    try {
      const prepared = await prepare(plan.isBeside ? { ...plan, inputs: [] } : plan, window, tell, onReady);
      if (isLatest()) put(prepared);
    } catch (error) {
      if (isShown && isLatest()) await show(); // what was embedded before it failed is not lost
      throw error;
    }
  });
}

/** Puts what is ready in the place of what is open. */
function takeUp(prepared: Prepared, plan: Plan, window: WindowChoice | undefined): void {
  const opened = adopt(prepared, plan, window);
  const { model, embedded } = opened;
  if (!embedded && plan.inputs.length > 0) useBeside(model);
  else
    batch(() => {
      session.take(opened);
      origin.value = plan.origin;
    });
  if (embedded) start(embedded, plan.notes);
}

/** More of what is open is ready. */
function growTo(prepared: Prepared, plan: Plan, window: WindowChoice | undefined): void {
  const opened = adopt(prepared, plan, window);
  const grown = mapStep.value?.embedding;
  batch(() => {
    session.grow(opened);
    origin.value = plan.origin;
  });
  if (opened.embedded) start(opened.embedded, plan.notes, grown);
  void follow(); // as people chose to see those that were there
}

function adopt(
  { ticket, info, embedded }: Prepared,
  { source, inputs }: Plan,
  window: WindowChoice | undefined,
): Opened & { readonly model: OpenModel } {
  void engine().adopt(ticket); // arrives before any question about it
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

/** What is open stays until all of the new is ready; what is asked for next takes its place. */
async function replace(
  title: string,
  work: (isLatest: () => boolean, signal: AbortSignal, tell: Tell) => Promise<void>,
): Promise<void> {
  finding.forget();
  fetching.abort();
  fetching = new AbortController();
  const { signal } = fetching;
  embedding.value = undefined;
  try {
    await opening.ask(async (isLatest) => {
      const tell = (news: Progress) => {
        if (isLatest()) progress.value = news;
      };
      tell({ title, done: 0, total: 0 });
      openingHeard.value = `${title}…`;
      await work(isLatest, signal, tell);
      if (isLatest()) openingHeard.value = `${counted(session.pairCount.value, 'pair')} open.`;
    });
  } catch (error) {
    openingHeard.value = 'Nothing new was opened.';
    report(error);
  }
}

/** Loads the model again in a new engine, which then has no pairs. For people it is an opening like others. */
export async function reopenModel(restore: () => Promise<void>): Promise<void> {
  finding.forget();
  fetching.abort();
  await opening.ask(async (isLatest) => {
    const tell = (news: Progress) => {
      if (isLatest()) progress.value = news;
    };
    tell({ title: 'Loading the model', done: 0, total: 0 });
    openingHeard.value = 'Loading the model…';
    const { ticket, info } = await prepare({ inputs: [] }, session.window.value, tell);
    if (!isLatest()) return;
    void engine().adopt(ticket);
    session.use({ info, source: usualModel() });
    await restore();
    openingHeard.value = 'The model is loaded again.';
  });
}

function prepare(
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

function hasImage(pair: KnownPair): pair is PairInput {
  return pair.image !== undefined;
}

/** What the engine needs, of what may be more. */
function asInput({ id, image, caption, label, group }: PairInput): PairInput {
  return { id, image, caption, label, group };
}

function usualModel(): ModelSource {
  return session.model.value?.source ?? DEFAULT_MODEL;
}

function start(embedded: EmbeddedPairs, notes: readonly string[] = [], grown?: Float32Array): void {
  const said = [...notes, ...remarks(embedded)];
  if (said.length > 0) say('info', said.join(' '));
  if (!mapStep.value) void runMap('anew', grown);
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
