import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine that can go away and come back where it was. */
export abstract class LocalServer {
  // Never closes an idle connection by itself: a browser would ask again on another, and be counted twice.
  readonly #server: Server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void this.answer(request, response);
  });
  #port = 0;

  get origin(): string {
    return `http://localhost:${this.#port}`;
  }

  /** On the port that it had before, if it had one. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, 'localhost', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  protected abstract answer(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}
