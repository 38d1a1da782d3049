import { rm } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { errorClasses } from '../../docs/site/errors.ts';
import { BiomedClipError } from '../../src/errors.ts';
import { ABORT, type Call, calls } from './calls.ts';
import { finalName } from './file-calls.ts';
import { gpuState } from './gpu-state.ts';
import { CommandFailed, type Job } from './job.ts';
import { held, leftOpen, listenersOn, moreThan, openFiles } from './leaks.ts';
import { differences, halfWritten, type Tree, treeOf } from './tree.ts';

/** One call to refuse. */
export interface Case {
  readonly at: number;
  readonly call: Call;
  readonly fault: string;
}

/** What became of a run with a fault: `passed` where another order of calls had none of that kind there. */
export interface Verdict {
  readonly became: 'error' | 'survived' | 'passed';
  readonly findings: readonly string[];
}

/** An undisturbed run. */
export interface Reference {
  readonly calls: readonly Call[];
  readonly results: Readonly<Record<string, string>>;
  readonly tree: Tree;
  readonly before: Tree;
}

interface Ended {
  readonly results?: Readonly<Record<string, string>>;
  readonly error?: unknown;
  readonly signal: AbortSignal;
}

/** Milliseconds, longer than any run takes. */
const HANGS = 120_000;
const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => unhandled.push(error));

const typed = new Set([...errorClasses().map(({ name }) => name), 'InterruptedError']);

export async function reference(job: Job, folder: string, out: string): Promise<Reference> {
  await runOnce(job, folder, out); // what is made once a process
  const before = await fresh(job, out);
  calls.begin();
  const { results, error } = await ended(job, out);
  await leftOpen(folder);
  const made = calls.end();
  if (!results) throw new Error(`${job.name}: fails undisturbed`, { cause: error });
  return { calls: made, results, before, tree: await treeOf(out, comparableOf(job)) };
}

/** Runs the job with one fault, and again without. */
export async function tryCase(
  job: Job,
  folder: string,
  out: string,
  whole: Reference,
  one: Case,
): Promise<Verdict> {
  const before = await fresh(job, out);
  const [heldBefore, openBefore] = [held(), (await openFiles(folder)).length];
  const controller = new AbortController();
  calls.begin(one.at, one.fault, () => controller.abort());
  const first = await ended(job, out, controller);
  const open = await leftOpen(folder, openBefore);
  const met = calls.injected;
  calls.end();
  const tree = await treeOf(out, comparableOf(job));
  const findings = [
    ...open,
    ...listenersOn(first.signal),
    ...(first.results
      ? doneWrong(first.results, met?.kind === 'remove' ? visible(tree) : tree, whole)
      : failedWrong(job, first.error, met, one.fault)),
    ...(first.results ? [] : leftWrong(job, tree, before, whole, met)),
  ];
  if (!first.results) findings.push(...(await againWrong(job, out, whole)));
  findings.push(...moreThan(heldBefore, held()), ...unheard());
  const became = first.results ? (met ? 'survived' : 'passed') : 'error';
  return { became, findings };
}

async function runOnce(job: Job, folder: string, out: string): Promise<void> {
  await fresh(job, out);
  const { error } = await ended(job, out);
  await leftOpen(folder);
  if (error !== undefined) throw new Error(`${job.name}: fails undisturbed`, { cause: error });
}

async function fresh(job: Job, out: string): Promise<Tree> {
  await rm(out, { recursive: true, force: true });
  await job.before?.(out);
  return treeOf(out, comparableOf(job));
}

function comparableOf({ comparable = (_, bytes) => bytes }: Job) {
  return comparable;
}

async function ended(job: Job, out: string, { signal } = new AbortController()): Promise<Ended> {
  const hangs = new AbortController();
  try {
    const late = after(HANGS, undefined, { signal: hangs.signal }).then(() => {
      throw new Error('hangs');
    });
    late.catch(() => {});
    return { results: await Promise.race([job.run({ out, signal }), late]), signal };
  } catch (error) {
    return { error, signal };
  } finally {
    hangs.abort();
  }
}

function errorText(error: unknown): string {
  if (error instanceof CommandFailed) return `${error.printed}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A run that says it is done. */
function doneWrong(results: Readonly<Record<string, string>>, tree: Tree, whole: Reference): string[] {
  return [
    ...differences(new Map(Object.entries(results)), new Map(Object.entries(whole.results))),
    ...differences(tree, whole.tree),
  ].map((what) => `is done, but ${what}`);
}

function failedWrong(job: Job, error: unknown, met: Call | undefined, fault: string): string[] {
  const name = error instanceof CommandFailed ? error.printed : error instanceof Error ? error.name : '';
  const isTyped = error instanceof CommandFailed ? typed.has(name) : error instanceof BiomedClipError;
  const text = errorText(error);
  if (!met) return [`${job.name} fails without a fault: ${text}`];
  if (!isTyped) return [`throws no error of this package: ${text}`];
  if (fault === ABORT)
    return /^(AbortedError|InterruptedError):/.test(text) ? [] : [`an abort is told as ${text}`];
  const isFile = !/GPU|decode|tokenize/.test(met.kind);
  return isFile && !text.includes(finalName(met.target)) ? [`does not name ${met.target}: ${text}`] : [];
}

/** What a failed run leaves. */
function leftWrong(job: Job, tree: Tree, before: Tree, whole: Reference, met: Call | undefined): string[] {
  if (met?.kind === 'remove') return halfNamed(tree, before, whole); // what could not be removed stays
  if (job.leaves === 'nothing') return differences(tree, before).map((what) => `failed, and ${what}`);
  return halfWritten(tree, before, whole.tree).map((what) => `failed, and ${what}`);
}

/** Without temporary files, which stay where they cannot be removed. */
function visible(tree: Tree): Tree {
  return new Map([...tree].filter(([name]) => !/(^|\/)\.[^/]+\.part$/.test(name)));
}

/** As `halfWritten`, but hidden files may stay. */
function halfNamed(tree: Tree, before: Tree, whole: Reference): string[] {
  return halfWritten(visible(tree), before, whole.tree).map((what) => `failed, and ${what}`);
}

/** The next run, in the same folder, is as if nothing had been. */
async function againWrong(job: Job, out: string, whole: Reference): Promise<string[]> {
  const { results, error } = await ended(job, out);
  if (!results) return [`the next run fails: ${errorText(error)}`];
  const tree = await treeOf(out, comparableOf(job));
  return doneWrong(results, tree, whole).map((what) => `the next run ${what}`);
}

function unheard(): string[] {
  const rejections = unhandled.splice(0).map((error) => `an unhandled rejection: ${errorText(error)}`);
  return [
    ...rejections,
    ...gpuState.unheard.splice(0).map((text) => `a GPU error that nobody heard: ${text}`),
  ];
}
