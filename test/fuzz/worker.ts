import { openSync, writeSync } from 'node:fs';
import { countAllocations } from './allocations.ts';
import { corpusOf } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { guided } from './guided.ts';
import type { FromWorker, WorkerTask } from './message.ts';
import { shrunk, signature } from './shrink.ts';
import { Finding, type Target, tried } from './target.ts';
import { family } from './targets/index.ts';

/** Bytes of a target's corpus. */
const KEPT_BYTES = 4500;

const { family: folder, name, cases, seed, journal } = JSON.parse(process.argv[2] ?? '') as WorkerTask;
const last = journal === undefined ? undefined : openSync(journal, 'w');
let journalled = Buffer.alloc(1 << 16);
let begun = 0;
let said = 0;
const say = (message: FromWorker) => process.send?.(message);

countAllocations();
Error.stackTraceLimit = 4; // most cases end in an error, and its stack takes longer than the case
const target = (await family(folder)).find((one) => one.name === name);
if (!target) throw new Error(`there is no target ${name}`);
const known = new Set<string>();
const findings: Promise<void>[] = [];
const { found, places } = await guided(target, {
  ...{ cases, seed },
  onCase,
  onFinding: (bytes, finding) => findings.push(report(target, bytes, finding)),
});
await Promise.all(findings);
say({ kind: 'done', places, corpus: await smallSet(target, found) });
process.disconnect?.();

/** Into the file first: the case may end the process. */
function onCase(bytes: Uint8Array): void {
  begun += 1;
  if (last !== undefined) writeCase(last, bytes);
  if (performance.now() - said < 1000) return;
  said = performance.now();
  say({ kind: 'progress', cases: begun });
}

function writeCase(file: number, bytes: Uint8Array): void {
  const length = 8 + bytes.length;
  if (length > journalled.length) journalled = Buffer.alloc(2 * length);
  journalled.writeUInt32LE(begun, 0);
  journalled.writeUInt32LE(bytes.length, 4);
  journalled.set(bytes, 8);
  writeSync(file, journalled, 0, length, 0);
}

async function report(one: Target, bytes: Uint8Array, finding: Finding): Promise<void> {
  const sign = signature(finding);
  if (known.has(sign)) return;
  known.add(sign);
  const small = await shrunk(one, bytes, sign, onCase);
  const cause = finding.cause instanceof Error ? (finding.cause.stack ?? '') : '';
  say({ kind: 'finding', bytes: small, message: finding.message, stack: cause });
}

/** Those, the smallest first, that pass places which neither seeds nor smaller ones pass. */
async function smallSet(one: Target, found: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const coverage = new Coverage();
  const places = async (bytes: Uint8Array) => {
    onCase(bytes);
    const before = coverage.places;
    await tried(one, bytes).catch((error: unknown) => {
      if (!(error instanceof Finding)) throw error;
    });
    coverage.isNew();
    return coverage.places - before;
  };
  const corpus = await corpusOf(one);
  for (const bytes of [...(await one.seeds()), ...corpus]) await places(bytes);
  let room = KEPT_BYTES - corpus.reduce((sum, { length }) => sum + length, 0);
  const kept: Uint8Array[] = [];
  for (const bytes of found) {
    if (bytes.length > room || (await places(bytes)) === 0) continue;
    kept.push(bytes);
    room -= bytes.length;
  }
  return kept;
}
