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
}

async function tryInProcess({ family, name }: Named, cases: number, seed: number): Promise<Part> {
  const task: WorkerTask = { family, name, cases, seed, journal: join(folder, 'journal') };
  const worker = fork(join(import.meta.dirname, 'worker.mjs'), [JSON.stringify(task)], {
    execArgv: ['--max-old-space-size=1024'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const part: Part = { cases: 0, findings: 0, places: 0, whole: false };
  const notes: Promise<void>[] = [];
  const note = async (bytes: Uint8Array, message: string, stack = '') => {
    part.findings += 1;
    const path = await keep({ name }, bytes, 'found-');
    console.log(`${name}: ${message}\n  ${path}\n${stack.split('\n').slice(0, 8).join('\n')}`);
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'progress') Object.assign(part, { cases: message.cases, places: message.places });
    else if (message.kind === 'finding') notes.push(note(message.bytes, message.message, message.stack));
    else {
      part.whole = true;
      if (values.keep) notes.push(...message.corpus.map(async (bytes) => void (await keep({ name }, bytes))));
    }
  });
  let trouble = '';
  worker.stderr?.on('data', (text) => {
    trouble = `${trouble}${text}`.slice(-4000);
  });
  const end = await endOf(worker, task.journal);
  await Promise.all(notes);
  const { count, bytes } = await readJournal(task.journal);
  if (end !== undefined && !part.whole) {
    if (count === 0) throw new Error(`${name} could not begin: ${trouble}`);
    await note(bytes, end, trouble);
  }
  part.cases = part.whole ? cases : Math.max(part.cases, count, 1);
  return part;
}

/** How a process ended before its time, or that it had to be ended; undefined where it came to its end. */
function endOf(worker: ChildProcess, journal: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let before = -1;
    let hangs = false;
    const watch = setInterval(async () => {
      const { count } = await readJournal(journal);
      hangs = count === before && count > 0;
      before = count;
      if (hangs) worker.kill('SIGKILL');
    }, HANGS_S * 1000);
    worker.on('exit', (code, signal) => {
      clearInterval(watch);
      const ended = code === 0 ? undefined : `it ended Node: ${signal ?? code}`;
      resolve(hangs ? `no end after ${HANGS_S} s` : ended);
    });
  });
}

async function readJournal(path: string): Promise<{ count: number; bytes: Uint8Array }> {
  const journal = await readFile(path).catch(() => Buffer.alloc(8));
  if (journal.length < 8) return { count: 0, bytes: new Uint8Array() };
  const length = journal.readUInt32LE(4);
  return { count: journal.readUInt32LE(0), bytes: new Uint8Array(journal.subarray(8, 8 + length)) };
}
