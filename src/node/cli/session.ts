import type { BiomedClip, LoadOptions } from '../../api.ts';
import type { InputStream } from '../input-file.ts';
import type { Run } from '../provenance.ts';
import { createProgress, type MessageStream, type Progress } from './progress.ts';

/** Where a command's output goes, and what `-` reads. Results are the only thing on `stdout`. */
export interface Io {
  readonly stdin?: InputStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: MessageStream;
}

export type LoadModel = (source: string, options: LoadOptions) => Promise<BiomedClip>;

/** The context of a command besides its own options, and the command line that it came from. */
export interface Session extends Run {
  readonly io: Io;
  /** Fires at Ctrl-C and SIGTERM; the reason is the signal's name. */
  readonly signal: AbortSignal;
  readonly loadModel: LoadModel;
  /** The directory of the default model. */
  readonly defaultModel: () => Promise<string>;
}

/** Options that every command has. */
export interface OutputOptions {
  /** The result is one JSON object. */
  readonly json?: boolean;
  /** No progress and no notes; warnings stay. */
  readonly quiet?: boolean;
  /** With `-` the file is on stdout, so what is told of it goes to stderr. */
  readonly out?: string;
}

/** A command's output: its result, progress, notes and warnings. */
export class Output {
  readonly progress: Progress;

  constructor(
    readonly io: Io,
    readonly options: OutputOptions,
  ) {
    this.progress = createProgress(io.stderr, options);
  }

  /** Prints the command's result: `value` as JSON with `--json`, else `text`. */
  result(value: object, text: string): void {
    if (this.options.out === '-') {
      this.note(text);
      return;
    }
    this.progress.end();
    this.io.stdout.write(this.options.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
  }

  note(message: string): void {
    if (this.options.quiet) return;
    this.progress.end();
    this.io.stderr.write(`${message}\n`);
  }

  warn(message: string): void {
    this.progress.end();
    this.io.stderr.write(`warning: ${message}\n`);
  }
}
