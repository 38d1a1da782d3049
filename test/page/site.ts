import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StaticServer } from './static-server.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** The build must work from any folder of a server. */
const BASE = '/some/folder/';

const run = promisify(execFile);

/** The page as it is built for people, behind a static server, in a folder of it. */
export class Site implements AsyncDisposable {
  private constructor(
    private readonly scratch: string,
    private readonly server: StaticServer,
  ) {}

  static async build(): Promise<Site> {
    const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-page-'));
    await run('npm', ['run', '--silent', 'page:build', '--', '--outDir', scratch], {
      cwd: REPOSITORY,
      env: { ...process.env, NODE_ENV: 'production' }, // Vitest's own would make it a build for tests
    });
    const site = new Site(scratch, new StaticServer(scratch, BASE));
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
    await rm(this.scratch, { recursive: true, force: true });
  }
}
