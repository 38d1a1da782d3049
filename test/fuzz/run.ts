// npm run fuzz [-- TARGET ...] [--cases N] [--seed S] [--keep]: all targets, or those whose name has one of the words, each with
// a million cases. Findings go into the corpus, and with --keep what passes new places.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keep } from './corpus.ts';
import type { FromWorker, WorkerTask } from './message.ts';
import { type Family, targetsNamed } from './targets/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    keep: { type: 'boolean', default: false },
  },
});
/** A case that takes longer will not end. */
const HANGS_S = 60;

const folder = await mkdtemp(join(tmpdir(), 'biomedclip-fuzz-'));
let wrong = 0;
try {
  for (const target of await targetsNamed(positionals)) wrong += await tryTarget(target);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(wrong > 0 ? 1 : 0);

interface Named {
  readonly family: Family;
  readonly name: string;
}

async function tryTarget({ family, name }: Named): Promise<number> {
  const begun = performance.now();
  const seed = Number(values.seed);
  let [done, findings, places] = [0, 0, 0];
  while (done < Number(values.cases)) {
    const part = await tryInProcess({ family, name }, Number(values.cases) - done, seed + done);
    done += part.cases;
    findings += part.findings;
    places = Math.max(places, part.places);
    if (part.whole || findings > 100) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  const rate = Math.round(done / seconds);
  console.log(
    `${name}: seed ${seed}, ${done} cases in ${seconds.toFixed(0)} s, ${rate} a second, ${places} places, ${findings} findings`,
  );
  return findings;
}

interface Part {
  cases: number;
  findings: number;
  places: number;
  /** Whether the process came to its end. */
  whole: boolean;
  /** How the process ended. */
  ended: string;
}

/** Twice, where Node ended: the second time with each case in a file, so that the one that ended it is known. */
async function tryInProcess(named: Named, cases: number, seed: number): Promise<Part> {
  const task = { ...named, cases, seed };
  const part = await inProcess(task);
  if (part.whole) return part;
  const journal = join(folder, 'journal');
  const again = await inProcess({ ...task, journal });
  if (again.whole)
    throw new Error(`${named.name}, seed ${seed}: ${part.ended}, and not when it was run again`);
  const { count, bytes } = await readJournal(journal);
  if (count === 0) throw new Error(`${named.name} could not begin: ${again.ended}`);
  await note(named, bytes, again.ended);
  return { ...again, cases: count, findings: again.findings + 1 };
}

async function note(
  { name }: Pick<Named, 'name'>,
  bytes: Uint8Array,
  message: string,
  stack = '',
): Promise<void> {
  const path = await keep({ name }, bytes, 'found-');
  console.log(`${name}: ${message}\n  ${path}\n${stack.split('\n').slice(0, 8).join('\n')}`);
}

async function inProcess(task: WorkerTask): Promise<Part> {
  const worker = fork(join(import.meta.dirname, 'worker.mjs'), [JSON.stringify(task)], {
    execArgv: ['--max-old-space-size=1024'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const part: Part = { cases: 0, findings: 0, places: 0, whole: false, ended: '' };
  const notes: Promise<unknown>[] = [];
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'progress') part.cases = message.cases;
    else if (message.kind === 'finding') {
      part.findings += 1;
      notes.push(note(task, message.bytes, message.message, message.stack));
    } else {
      Object.assign(part, { cases: task.cases, places: message.places, whole: true });
      if (values.keep) notes.push(...message.corpus.map((bytes) => keep(task, bytes)));
    }
  });
  let trouble = '';
  worker.stderr?.on('data', (text) => {
    trouble = `${trouble}${text}`.slice(-4000);
  });
  const end = await endOf(worker);
  await Promise.all(notes);
  part.ended = `${end}\n${trouble}`;
  return part;
}

/** How a process ended, or that it had to be ended, since it said nothing for long. */
function endOf(worker: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let hangs = false;
    const watch = setTimeout(() => {
      hangs = true;
      worker.kill('SIGKILL');
    }, HANGS_S * 1000);
    worker.on('message', () => watch.refresh());
    worker.on('exit', (code, signal) => {
      clearTimeout(watch);
      resolve(hangs ? `no end after ${HANGS_S} s` : `it ended Node: ${signal ?? code}`);
    });
  });
}

async function readJournal(path: string): Promise<{ count: number; bytes: Uint8Array }> {
  const journal = await readFile(path).catch(() => Buffer.alloc(8));
  if (journal.length < 8) return { count: 0, bytes: new Uint8Array() };
  const length = journal.readUInt32LE(4);
  return { count: journal.readUInt32LE(0), bytes: new Uint8Array(journal.subarray(8, 8 + length)) };
}
