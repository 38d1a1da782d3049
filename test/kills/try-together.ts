import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { differences, treeOf } from '../faults/tree.ts';
import type { Ended, Programs } from './command-process.ts';
import type { KillJob } from './job.ts';
import type { Reference, Verdict } from './try-kills.ts';

/** How a command says that another has the folder, or has written there. */
const REFUSED = /Output(InUse|Exists|NotEmpty)Error/;

/**
 * Two commands that write one output, the second some milliseconds after the first. One of them is there whole, and the other has said
 * that it wrote nothing, or was done before. Which one is the state: `as before` is the first's.
 */
export async function tryTogether(
  job: KillJob,
  programs: Programs,
  out: string,
  whole: Reference,
  after: number,
): Promise<Verdict> {
  await rm(out, { recursive: true, force: true });
  const begun = [
    programs.run((job.older ?? job.argv)(out)),
    wait(after).then(() => programs.run(job.argv(out))),
  ];
  const ended = await Promise.all(begun);
  const done = ended.map(({ code }) => code === 0);
  const tree = await treeOf(out, job.comparable ?? ((_, bytes) => bytes));
  const outputs = [whole.before, whole.tree].filter((_, i) => done[i]);
  const isOne = outputs.some((output) => differences(tree, output).length === 0);
  const other = differences(tree, done[1] ? whole.tree : whole.before);
  return {
    state: differences(tree, whole.tree).length === 0 ? 'whole' : 'as before',
    findings: [...ended.flatMap(failure), ...(isOne ? [] : [`of ${done}: ${other.join(', ')}`])],
  };
}

function failure({ code, stderr }: Ended): string[] {
  return code === 0 || REFUSED.test(stderr) ? [] : [`failed: ${stderr.trim()}`];
}
