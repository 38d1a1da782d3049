import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PreviewServer, preview } from 'vite';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** The build must work from any folder of a server. */
const BASE = '/some/folder/';

/** The page as it is built for people, behind a static server, in a folder of it. */
export class Site implements AsyncDisposable {
  #server: PreviewServer | undefined;

  private constructor(
    private readonly scratch: string,
    private readonly port: number,
  ) {}

  static async build(): Promise<Site> {
    const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-page-'));
    await run('npm', ['run', '--silent', 'page:build', '--', '--outDir', scratch], {
      cwd: REPOSITORY,
      env: { ...process.env, NODE_ENV: 'production' }, // Vitest's own would make it a build for tests
    });
    const server = await serve(scratch, 0);
    const address = server.httpServer.address();
    const site = new Site(scratch, typeof address === 'object' && address ? address.port : 0);
    site.#server = server;
    return site;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  get url(): string {
    return `${this.origin}${BASE}`;
  }

  /** From then on nobody answers. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const { httpServer } = server ?? {};
    if (httpServer && 'closeAllConnections' in httpServer) httpServer.closeAllConnections();
    await server?.close();
  }

  async start(): Promise<void> {
    this.#server ??= await serve(this.scratch, this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.scratch, { recursive: true, force: true });
  }
}

function serve(outDir: string, port: number): Promise<PreviewServer> {
  return preview({
    configFile: false,
    logLevel: 'error',
    base: BASE,
    build: { outDir },
    preview: { host: 'localhost', port, strictPort: port !== 0 },
  });
}
