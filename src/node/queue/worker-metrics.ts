import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { systemCode } from '../errors.ts';
import { ListenError } from '../services/errors.ts';

/** What a worker is doing. */
export interface WorkerHealth {
  readonly status: 'waiting' | 'embedding' | 'draining';
  /** Of the plan, from 0 on. */
  readonly shard?: number;
}

const LOOPBACK = '127.0.0.1';

/** Counts what a worker does, for Prometheus, and says how it is, to this machine alone. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #shards = this.#counter('biomedclip_shards_total', 'tries at shards by their outcome', [
    'outcome',
  ]);
  readonly #rows = this.#counter('biomedclip_rows_total', 'embedded and committed', ['modality']);
  readonly #troubles = this.#counter(
    'biomedclip_queue_errors_total',
    'errors of the queue or its connection',
  );
  readonly #left = new Gauge({
    name: 'biomedclip_shards_left',
    help: 'without a commit, when last looked',
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'biomedclip_shard_seconds',
    help: 'for a shard, with its commit',
    registers: [this.#registry],
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000],
  });
  health: WorkerHealth = { status: 'waiting' };

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  tried(outcome: string, seconds: number): void {
    this.#shards.inc({ outcome });
    this.#seconds.observe(seconds);
  }

  committed({ images, texts }: { readonly images: number; readonly texts: number }): void {
    this.#rows.inc({ modality: 'image' }, images);
    this.#rows.inc({ modality: 'text' }, texts);
  }

  left(shards: number): void {
    this.#left.set(shards);
  }

  trouble(): void {
    this.#troubles.inc();
  }

  /** Answers `/metrics` and `/health` on loopback. @param port 0 takes a free one @throws {ListenError} */
  async listen(port: number): Promise<{ readonly url: string; close(): void }> {
    const server: Server = createServer(async ({ url }, response) => {
      if (url === '/metrics') {
        const text = await this.#registry.metrics();
        response.setHeader('content-type', this.#registry.contentType).end(text);
      } else if (url === '/health') {
        response.writeHead(this.health.status === 'draining' ? 503 : 200, {
          'content-type': 'application/json',
        });
        response.end(JSON.stringify(this.health));
      } else response.writeHead(404).end();
    });
    server.listen(port, LOOPBACK);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new ListenError(LOOPBACK, port, systemCode(cause), { cause });
    }
    return {
      url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  #counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }
}
