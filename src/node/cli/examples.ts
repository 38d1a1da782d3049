import type { Command } from 'commander';

/** A command line, and what it is for. */
type Example = readonly [line: string, purpose: string];

const PROGRAM = 'biomedclip-webgpu';

/** Puts examples below a command's help. A line that does not begin with a command of its own gets the program's name. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.map(([line, purpose]) => {
    const whole = line.includes(PROGRAM) ? line : `${PROGRAM} ${line}`;
    return `  ${whole}\n      ${purpose}`;
  });
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
