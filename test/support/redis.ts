import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export const REDIS = ['/usr/bin/redis-server', '/usr/bin/valkey-server'].find((path) => existsSync(path));

/** A Redis of its own on loopback, which keeps nothing but in its log. */
export class OwnRedis implements AsyncDisposable {
  #server: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly log: string | undefined,
  ) {}

  /** @param log the folder of its log of all that it is told, which it reads when it begins again; by default it has none */
  static async start(log?: string): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), log);
    await redis.begin();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async begin(): Promise<void> {
    const settings = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', ''];
    if (this.log !== undefined) {
      settings.push('--dir', this.log, '--appendonly', 'yes', '--appendfsync', 'always');
    }
    this.#server = spawn(REDIS ?? '', settings, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const chunk of this.#server.stdout ?? [])
      if (String(chunk).includes('Ready to accept')) return;
    throw new Error('Redis did not start');
  }

  /** It is gone at once, with all that it held. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
