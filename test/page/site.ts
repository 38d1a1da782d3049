import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { StaticServer } from './static-server.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** The build must work from any folder of a server. */
const BASE = '/some/folder/';

const run = promisify(execFile);

/** The page as it is built for people, behind a static server, in a folder of it. */
export class Site implements AsyncDisposable {
  private constructor(private readonly server: StaticServer) {}

  static async build(): Promise<Site> {
    const site = new Site(new StaticServer(await built(inject('pageFolder')), BASE));
    await site.start();
    return site;
  }

  get origin(): string {
    return this.server.origin;
  }

  get url(): string {
    return `${this.origin}${BASE}`;
  }

  start(): Promise<void> {
    return this.server.start();
  }

  /** From then on nobody answers. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The folder of the page, which the test file that needs it first builds for all of a run. */
async function built(folder: string): Promise<string> {
  const page = join(folder, 'page');
  const done = join(folder, 'done');
  const failed = join(folder, 'failed');
  const isFirst = await mkdir(join(folder, 'begun')).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const build = run('npm', ['run', '--silent', 'page:build', '--', '--outDir', page], {
      cwd: REPOSITORY,
      env: { ...process.env, NODE_ENV: 'production' }, // Vitest's own would make it a build for tests
    });
    await build.catch((error) => writeFile(failed, String(error)).then(() => Promise.reject(error)));
    await writeFile(done, '');
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error('the page was not built: see the test file that needed it first');
    await after(100);
  }
  return page;
}
