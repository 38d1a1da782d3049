import { BiomedClipError } from '../../src/errors.ts';
import { takenBytes } from './allocations.ts';
import { areCounted } from './coverage.ts';

/** A reader of files that may come from strangers, and what must hold of what it reads. */
export interface Target {
  readonly name: string;
  /** Files of the format, by which to begin; small ones, since each case copies one. */
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  /** Byte strings of the format that changes put in, as Latin-1. */
  readonly words?: readonly string[];
  /** Makes sums and lengths fit after a change. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Reads the bytes. Throws an error of this package, or a `Finding` where what came of them is wrong. */
  readonly read: (bytes: Uint8Array) => Promise<unknown>;
  /** False where no seed is read to the end, since it would have to fit a large file beside it. */
  readonly whole?: false;
  /** Cases in the tests; fewer than 5000 where one takes long. */
  readonly cases?: number;
  /** The most bytes of buffers that a file of a length may make it take. Default: 4 MiB, and 64 times the file. */
  readonly memory?: (length: number) => number;
}

/** What must not be. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Of processor time; sources that count what they do are slower. */
const mostSeconds = () => (areCounted() ? 8 : 2);

/** Reads one file. @throws {Finding} unless it is read, or refused by an error of its own class, in time and memory */
export async function tried(target: Target, bytes: Uint8Array): Promise<'read' | 'refused'> {
  takenBytes();
  const begun = performance.now();
  const became = await outcome(target, bytes.slice());
  const taken = takenBytes();
  if (performance.now() - begun > 1000 * mostSeconds()) await expectQuick(target, bytes);
  const most = target.memory?.(bytes.length) ?? (4 << 20) + 64 * bytes.length;
  if (taken > most) throw new Finding(`${bytes.length} bytes made it take ${taken}, more than ${most}`);
  return became;
}

/** By processor time, not the clock's, which other work on the machine slows; to ask for it costs more than most cases. */
async function expectQuick(target: Target, bytes: Uint8Array): Promise<void> {
  const begun = process.cpuUsage();
  await outcome(target, bytes.slice());
  const seconds = process.cpuUsage(begun).user / 1e6;
  if (seconds > mostSeconds()) throw new Finding(`${bytes.length} bytes took ${seconds.toFixed(1)} s`);
}

async function outcome({ read }: Target, bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    await read(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof Finding) throw error;
    expectTyped(error, bytes);
    return 'refused';
  }
}

/** An error of a class of its own, whose message says something. */
function expectTyped(error: unknown, bytes: Uint8Array): void {
  const typed = error instanceof BiomedClipError && error.constructor !== BiomedClipError;
  if (!typed) throw new Finding(`an untyped error: ${String(error)}`, { cause: error });
  const odd = /\bundefined\b|\[object \w+\]/.exec(error.message)?.[0];
  if (odd && !Buffer.from(bytes).includes(odd)) throw new Finding(`the message has ${odd}: ${error.message}`);
  if (error.message.trim() === '') throw new Finding('the message is empty');
}

/** @throws {Finding} unless it holds */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Finding(what);
}

/** @throws {Finding} unless both are the same as JSON, typed arrays by their bytes */
export function expectSame(a: unknown, b: unknown, what: string): void {
  const [one, other] = [a, b].map((value) => JSON.stringify(value, plain));
  if (one !== other) throw new Finding(`${what}: ${one?.slice(0, 200)} and ${other?.slice(0, 200)}`);
}

function plain(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (value instanceof Map) return [...value];
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : value;
}

/** What a call gives, or its error's name and message. */
export async function answer(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof BiomedClipError) return `${error.name}: ${error.message}`;
    throw error;
  }
}
