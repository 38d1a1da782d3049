import type { Command, CommanderError } from 'commander';
import { AbortedError } from '../../errors.ts';
import { ClosedPipeError, UsageError } from '../errors.ts';
import { type EndSignal, EXIT, SIGNAL_EXIT } from './exit-codes.ts';
import type { Io } from './session.ts';

/** What ends a command line that was not done. */
export interface Ending {
  readonly code: number;
  /** Undefined where nothing is to be said. */
  readonly error?: unknown;
}

/** How a command line ends after `error`. */
export function endingOf(error: unknown, signal: AbortSignal): Ending {
  if (error instanceof ClosedPipeError) return { code: SIGNAL_EXIT.SIGPIPE };
  if (error instanceof AbortedError || signal.aborted) {
    const name = endSignal(signal.reason);
    const code = SIGNAL_EXIT[name];
    return name === 'SIGPIPE' ? { code } : { code, error: new InterruptedError(name) }; // who closed it knows
  }
  return { code: error instanceof UsageError ? EXIT.usage : EXIT.failed, error };
}

/** What is printed of a command that was interrupted. Not exported: no caller of the library meets it. */
class InterruptedError extends AbortedError {
  static override readonly name: string = 'InterruptedError';

  constructor(readonly signal: EndSignal) {
    super(signal);
    this.message = `interrupted by ${signal}`;
  }
}

function endSignal(reason: unknown): EndSignal {
  return reason === 'SIGTERM' || reason === 'SIGPIPE' ? reason : 'SIGINT';
}

/** Prints an error to stderr: one line for people, or with `json` one line of JSON. */
export function printError({ stderr }: Io, { code, error }: Ending, json: boolean): void {
  if (error === undefined) return;
  stderr.write(json ? `${JSON.stringify({ error: errorObject(error, code) })}\n` : `${errorText(error)}\n`);
}

/** `UsageError: unknown option '--colour'` */
function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** An error's name, message, own fields and cause, as JSON has them. */
function errorObject(error: unknown, exitCode?: number): object {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), exitCode };
  const fields = Object.entries(error).filter(([key]) => key !== 'stack');
  const own = { name: error.name, message: error.message };
  return {
    ...own,
    ...Object.fromEntries(fields.map(([key, value]) => [key, plain(value)])),
    ...own,
    ...(error.cause === undefined ? {} : { cause: plain(error.cause) }),
    exitCode,
  };
}

/** More would not be read, and a field may hold a matrix. */
const LONGEST_LIST = 100;

function plain(value: unknown): unknown {
  if (value instanceof Error) return errorObject(value);
  if (typeof value === 'bigint') return String(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  if (!isPlain) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

/**
 * Makes commander throw its complaints as `UsageError`s, in the form of all others and with the command whose help says
 * more. Called once all commands are registered.
 */
export function complainAsOthers(program: Command): void {
  for (const command of commandsOf(program)) {
    command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
      if (error.exitCode === 0 || error.code === 'commander.help') throw error; // help or version, printed already
      throw new UsageError(`${sentence(error)}; see ${pathOf(command)} --help`);
    });
  }
}

/** `unknown option '--colour'; did you mean --color?` of commander's `error: ...` and `(Did you mean ...?)`. */
function sentence({ message }: CommanderError): string {
  const [said = '', ...more] = message.replace(/^error: /, '').split('\n');
  const meant = more.join(' ').replace(/^\(Did you mean (.*)\?\)$/, '; did you mean $1?');
  return `${said.replace(/\.$/, '')}${meant}`;
}

/** `biomedclip-webgpu close-gap fit` */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** A command and all below it. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}
