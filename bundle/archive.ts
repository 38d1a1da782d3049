import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Entry } from './contents.ts';
import { CompressorError } from './errors.ts';

/** How a tar is written. */
export interface ArchiveOptions {
  /** The one folder that all of it is in. */
  readonly folder: string;
  /** Of every file, so that the bytes depend on the contents alone. */
  readonly mtime: Date;
  readonly compress: boolean;
}

/**
 * xz, since every distribution's tar reads it; its filter for x86 makes machine code smaller. With threads xz cuts its input
 * into blocks, whose size, not their number at once, decides the bytes: always four, so that a machine of one core writes the
 * same.
 */
const XZ = [
  '--stdout',
  '--threads=4',
  ...(process.arch === 'x64' ? ['--x86'] : []),
  '--lzma2=preset=6,dict=16MiB',
];

/** Writes the entries in their order to `file`. @throws {CompressorError} */
export async function writeArchive(
  file: string,
  entries: readonly Entry[],
  options: ArchiveOptions,
): Promise<void> {
  const tar = pack();
  const sink = createWriteStream(file);
  const written = options.compress ? compressed(tar, sink) : pipeline(tar, sink);
  await Promise.all([addAll(tar, entries, options), written]);
}

async function addAll(
  tar: ReturnType<typeof pack>,
  entries: readonly Entry[],
  { folder, mtime }: ArchiveOptions,
): Promise<void> {
  for (const { path, executable, read } of entries) {
    const header = { name: `${folder}/${path}`, mode: executable ? 0o755 : 0o644, mtime, uid: 0, gid: 0 };
    const bytes = Buffer.from(await read());
    await new Promise<void>((resolve, reject) => {
      tar.entry(header, bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
  tar.finalize();
}

async function compressed(tar: ReturnType<typeof pack>, sink: Writable): Promise<void> {
  const xz = spawn('xz', XZ, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve, reject) => {
    xz.on('error', (cause) => reject(new CompressorError('cannot be run', { cause })));
    xz.on('close', (code) =>
      code === 0 ? resolve() : reject(new CompressorError(`ended with code ${code}`)),
    );
  });
  await Promise.all([ended, pipeline(tar, xz.stdin), pipeline(xz.stdout, sink)]);
}
