import { Argument, type Command, Option } from 'commander';
import { COMPLETION_SCRIPTS, completionLine, SHELLS, type Shell } from '../cli/completion-scripts.ts';
import { completionsOf } from '../cli/completions.ts';
import { addExamples } from '../cli/examples.ts';
import type { Session } from '../cli/session.ts';

export function registerCompletion(program: Command, { io }: Session): void {
  const command = program
    .command('completion')
    .summary('print the script by which a shell completes this program’s words')
    .description(
      'Print the script by which bash, zsh or fish completes commands, options, choices and file names at TAB. ' +
        'It needs biomedclip-webgpu on the path, as npm install --global puts it.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .allowExcessArguments() // the words that are asked about
    .addOption(new Option('--words', 'what the scripts ask').hideHelp());
  addExamples(command, [
    ['source <(biomedclip-webgpu completion bash)', 'in ~/.bashrc'],
    ['source <(biomedclip-webgpu completion zsh)', 'in ~/.zshrc, after compinit'],
    ['biomedclip-webgpu completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
  command.action((shell: Shell, { words = false }: { words?: boolean }) => {
    if (!words) return void io.stdout.write(COMPLETION_SCRIPTS[shell]);
    const found = completionsOf(program, command.args.slice(1));
    io.stdout.write(found.map((one) => `${completionLine(shell, one)}\n`).join(''));
  });
}
