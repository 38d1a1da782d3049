import type { ByteSource, FileDirectory } from '../../src/platform/files.ts';
import type { ByteSink, DirectorySink } from '../../weights/sinks.ts';

/** A file in memory that remembers the largest read, and may fail as a disk does. */
export class MemoryFile implements ByteSource {
  largestRead = 0;
  closed = false;
  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
    readonly size = bytes.length,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || offset + length > this.size)
      throw new Error(`read ${length} at ${offset} of ${this.size}`);
    this.largestRead = Math.max(this.largestRead, length);
    return this.bytes.slice(offset, offset + length);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** A directory in memory: what is written to it can be opened. */
export class MemoryDirectory implements FileDirectory, DirectorySink {
  readonly name = 'memory';
  readonly files = new Map<string, MemoryFile>();

  add(file: string, bytes: Uint8Array | string): MemoryFile {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    const added = new MemoryFile(file, data);
    this.files.set(file, added);
    return added;
  }

  async open(file: string): Promise<MemoryFile | undefined> {
    return this.files.get(file);
  }

  async write(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    this.add(file, await collect(pieces));
  }
}

export class MemorySink implements ByteSink {
  private readonly pieces: Uint8Array[] = [];
  async write(bytes: Uint8Array): Promise<void> {
    this.pieces.push(bytes.slice());
  }
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.pieces));
  }
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const sink = new MemorySink();
  for await (const piece of pieces) await sink.write(piece);
  return sink.bytes;
}

/** What a promise rejects with; fails the test if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved to ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
