import { cp, rm } from 'node:fs/promises';
import { differences, halfWritten, type Tree, treeOf } from '../faults/tree.ts';
import type { Ended, Instant, Programs } from './command-process.ts';
import type { KillJob } from './job.ts';

/** An undisturbed run. */
export interface Reference {
  readonly milliseconds: number;
  readonly calls: readonly string[];
  readonly tree: Tree;
  readonly before: Tree;
  /** A copy of what lay there before, if anything did. */
  readonly older: string | undefined;
}

/** What was found after a kill: a folder as before, a whole one, one between them; or the program had ended by then. */
export type State = 'as before' | 'whole' | 'between' | 'ended';

export interface Verdict {
  readonly state: State;
  readonly findings: readonly string[];
}

export async function reference(job: KillJob, programs: Programs, out: string): Promise<Reference> {
  const older = job.older && `${out}-older`;
  for (const folder of [out, `${out}-older`]) await rm(folder, { recursive: true, force: true });
  const first = older ?? out; // the first run of all is the slowest, and tells no duration
  expectDone(job, await programs.run((job.older ?? job.argv)(first)));
  if (older === undefined) await rm(out, { recursive: true });
  else await cp(older, out, { recursive: true });
  const before = await tree(job, out);
  const { calls, milliseconds, ...ended } = await programs.calls(job.argv(out), out);
  expectDone(job, ended);
  return { milliseconds, calls, tree: await tree(job, out), before, older };
}

/** Kills the command at an instant, looks at what is there, and runs it again. */
export async function tryKill(
  job: KillJob,
  programs: Programs,
  out: string,
  whole: Reference,
  instant: Instant,
): Promise<Verdict> {
  await rm(out, { recursive: true, force: true });
  if (whole.older !== undefined) await cp(whole.older, out, { recursive: true });
  const { killed, code, stderr } = await programs.run(job.argv(out), out, instant);
  if (!killed && code !== 0) return { state: 'ended', findings: [`failed by itself: ${stderr}`] };
  const left = new Map(
    [...visible(await tree(job, out))].filter(([name]) => outputOf(job, name) !== undefined),
  );
  const state = killed ? stateOf(left, whole) : 'ended';
  const findings = [
    ...halfWritten(left, whole.before, whole.tree).map((what) => `killed, and ${what}`),
    ...(state === 'between' ? await readWrong(job, out, left, whole) : []),
    ...(await againWrong(job, programs, out, whole, state)),
  ];
  return { state, findings };
}

function stateOf(left: Tree, { before, tree }: Reference): State {
  if (differences(left, tree).length === 0) return 'whole';
  const folders = [...before].filter(([, content]) => content !== 'folder');
  return differences(withoutFolders(left), new Map(folders)).length === 0 ? 'as before' : 'between';
}

/** A folder that a killed run made may be there, empty. */
function withoutFolders(tree: Tree): Tree {
  return new Map([...tree].filter(([, content]) => content !== 'folder'));
}

/** Files of two runs must not be read as one output. */
async function readWrong(job: KillJob, out: string, left: Tree, whole: Reference): Promise<string[]> {
  const names = [...whole.tree, ...whole.before].map(([name]) => outputOf(job, name));
  const mixed = [...new Set(names)].filter((output) => {
    const of = (of: Tree) =>
      new Map([...withoutFolders(of)].filter(([name]) => outputOf(job, name) === output));
    return [whole.tree, whole.before].every((whole) => differences(of(left), of(whole)).length > 0);
  });
  if (mixed.length === 0) return []; // each is whole, or as before
  const isRead = await job.read(out).then(
    () => true,
    () => false,
  );
  if (!isRead) return [];
  return [`what is between two outputs is read as one: ${differences(left, whole.tree).join(', ')}`];
}

/** The same command, in the same folder, is as if nothing had been. */
async function againWrong(
  job: KillJob,
  programs: Programs,
  out: string,
  whole: Reference,
  state: State,
): Promise<string[]> {
  const { code, stderr } = await programs.run(job.argv(out));
  const mayRefuse = (state === 'whole' || state === 'ended') && /Output(Exists|NotEmpty)Error/.test(stderr);
  if (code !== 0 && !mayRefuse) return [`the next run fails: ${stderr.trim()}`];
  return differences(await tree(job, out), whole.tree).map((what) => `the next run is done, but ${what}`);
}

function outputOf({ outputOf = () => '' }: KillJob, name: string): string | undefined {
  return outputOf(name);
}

/** Without hidden files, which nobody reads. */
function visible(tree: Tree): Tree {
  return new Map([...tree].filter(([name]) => name === '.' || !/(^|\/)\./.test(name)));
}

function tree({ comparable = (_, bytes) => bytes }: KillJob, out: string): Promise<Tree> {
  return treeOf(out, comparable);
}

function expectDone(job: KillJob, { code, stderr }: Pick<Ended, 'code' | 'stderr'>): void {
  if (code !== 0) throw new Error(`${job.name}: fails undisturbed: ${stderr}`);
}
