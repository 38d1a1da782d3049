import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import sharp from 'sharp';
import { registerBench } from '../../bench/command.ts';
import { type CliParts, runCli } from '../../src/node/commands/run-cli.ts';
import { localDirectorySink } from '../../src/node/files.ts';
import { writeSeededModel } from '../../weights/seeded.ts';

/** A stream that keeps what is written to it. */
export class Captured extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor({ isTTY = false } = {}) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command line in this process. */
export async function cli(argv: readonly string[], parts?: CliParts) {
  const io = { stdout: new Captured(), stderr: new Captured() };
  const code = await runCli(argv, io, { moreCommands: [registerBench], ...parts });
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

/** The adapter that BIOMEDCLIP_ADAPTER names, as options of a command. */
export const adapterOptions = process.env.BIOMEDCLIP_ADAPTER
  ? ['--adapter', process.env.BIOMEDCLIP_ADAPTER]
  : [];

/** A tiny seeded checkpoint, and the options that choose it. */
export async function tinyModel(folder: string): Promise<{ directory: string; options: string[] }> {
  const directory = join(folder, 'model');
  await writeSeededModel(localDirectorySink(directory), { preset: 'tiny' });
  return { directory, options: ['--model', directory, ...adapterOptions] };
}

/** Writes small PNGs of one colour each, and returns their paths. */
export async function writeImages(folder: string, names: readonly string[]): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = names.map((name) => join(folder, name));
  for (const [i, path] of paths.entries()) {
    const background = { r: (i * 60) % 256, g: 200 - i * 20, b: 40 + i * 30 };
    await writeFile(
      path,
      await sharp({ create: { width: 50 + i, height: 61, channels: 3, background } })
        .png()
        .toBuffer(),
    );
  }
  return paths;
}
