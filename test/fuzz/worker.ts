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
const last = openSync(journal, 'w');
const head = new Uint32Array(2);
const say = (message: FromWorker) => process.send?.(message);

countAllocations();
const target = (await family(folder)).find((one) => one.name === name);
if (!target) throw new Error(`there is no target ${name}`);
const known = new Set<string>();
const findings: Promise<void>[] = [];
const taken = await guided(target, {
  ...{ cases, seed },
  onCase,
  onFinding: (bytes, finding) => findings.push(report(target, bytes, finding)),
  onProgress: (progress) => say({ kind: 'progress', ...progress }),
});
await Promise.all(findings);
say({ kind: 'done', corpus: await smallSet(target, taken) });
process.disconnect();

/** Into the file first: the case may end the process. */
function onCase(bytes: Uint8Array): void {
  head[0] = (head[0] ?? 0) + 1;
  head[1] = bytes.length;
  writeSync(last, head, 0, 8, 0);
  writeSync(last, bytes, 0, bytes.length, 8);
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
