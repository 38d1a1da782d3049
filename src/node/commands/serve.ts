import type { Command } from 'commander';
import { addExamples } from '../cli/examples.ts';
import { naturalNumber, numberWithin, port, positiveInteger, positiveNumber } from '../cli/number-options.ts';
import type { Session } from '../cli/session.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { withPackages } from '../packages/with-packages.ts';
import type { ServeOptions } from '../services/http-run.ts';
import { addServiceOptions } from '../services/service-options.ts';

export function registerServe(program: Command, session: Session): void {
  const command = program
    .command('serve')
    .summary('answer requests for embeddings, similarities and searches over HTTP')
    .description('An HTTP server for programs on this machine, described by OpenAPI at /openapi.json.')
    .option('--host <address>', 'where to listen; other than loopback needs a token', '127.0.0.1')
    .option('--port <n>', 'the port; 0 takes a free one', port, 7860)
    .option('--token <token>', 'asked of requests: Authorization: Bearer TOKEN (or BIOMEDCLIP_TOKEN)')
    .option('--without-token', 'let other machines ask without a token')
    .option(
      '--allow-origin <origin>',
      'an origin whose pages may ask; may be repeated (default: none)',
      (origin: string, before: readonly string[] = []) => [...before, origin],
    )
    .option('--allow-urls', 'fetch images at http(s) URLs that requests name')
    .option('--max-body <megabytes>', 'the longest request', positiveNumber, 32)
    .option('--max-images <n>', 'the most images of a request', positiveInteger, 64)
    .option('--max-texts <n>', 'the most texts of a request', positiveInteger, 1024)
    .option('--concurrency <n>', 'requests that are worked on at once', positiveInteger, 8)
    .option('--queue <n>', 'requests that wait besides; more are refused with 503', naturalNumber, 64)
    .option('--timeout <seconds>', 'the longest that a request may take', seconds, 60)
    .option('--upload-timeout <seconds>', 'the longest that its body may take to come', seconds, 15);
  addExamples(command, [
    ['serve --folder scans=/data/scans', 'on 127.0.0.1:7860'],
    ['serve --port 0 --max-images 16', 'on a free port, with smaller requests'],
  ]);
  addServiceOptions(command).action(async (options: ServeOptions) => {
    if (options.withoutToken) expectNotGiven(command, ['token'], 'and --without-token: pass one of them');
    const { runServe } = await withPackages('serve', PACKAGES, () => import('../services/http-run.ts'));
    await runServe(options, session);
  });
}

const PACKAGES = ['hono', '@hono/node-server', '@hono/zod-openapi', 'zod'];

/** Timers count no more than 24 days. */
const seconds = numberWithin(0.001, 86_400);
