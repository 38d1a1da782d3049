import type { Command } from 'commander';
import { addExamples } from '../cli/examples.ts';
import type { Session } from '../cli/session.ts';
import { UsageError } from '../errors.ts';
import { withPackages } from '../packages/with-packages.ts';
import { addServiceOptions } from '../services/service-options.ts';
import type { ServiceOptions } from '../services/with-services.ts';

export function registerMcp(program: Command, session: Session): void {
  const command = program
    .command('mcp')
    .summary('let agents embed, search, compare and classify images of named folders')
    .description(
      'A server of the Model Context Protocol over stdin and stdout, for Claude Desktop, VS Code and other clients. It ' +
        'reads images of the named folders only.',
    );
  addExamples(command, [
    ['mcp --folder scans=/data/scans', 'one folder'],
    [
      'mcp --folder scans=/data/scans --folder papers=figures --recursive -m path/to/checkpoint',
      'two, and all below them, by another model',
    ],
  ]);
  addServiceOptions(command).action(async (options: ServiceOptions) => {
    if (options.closing === '-')
      throw new UsageError('--closing -: standard input is the client’s here; name a file');
    const { runMcp } = await withPackages('mcp', PACKAGES, () => import('../services/mcp-run.ts'));
    await runMcp(options, session);
  });
}

const PACKAGES = ['@modelcontextprotocol/sdk', 'zod'];
