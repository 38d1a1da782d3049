import { once } from 'node:events';
import { Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { version } from '../../../package.json';
import { AbortedError } from '../../errors.ts';
import type { Session } from '../cli/session.ts';
import { MessageTooLongError } from './errors.ts';
import { createMcpServer } from './mcp-server.ts';
import { type ServiceOptions, withServices } from './with-services.ts';

/** Longer than any call that the tools take. */
const LONGEST_MESSAGE = 4 * 1024 * 1024;

/**
 * Serves over stdin and stdout until stdin ends or the signal fires.
 * @throws {AbortedError} @throws {MessageTooLongError}
 */
export async function runMcp(options: ServiceOptions, session: Session): Promise<void> {
  await withServices(options, session, async (services, output, stop) => {
    const server = createMcpServer(services, version, (error) => output.warn(String(error)));
    const transport = new StdioServerTransport(process.stdin, writableOf(session.io.stdout), {
      maxBufferSize: LONGEST_MESSAGE,
    });
    server.server.onerror = ({ message }) => output.warn(message);
    const closed = new Promise<void>((resolve) => {
      server.server.onclose = resolve;
    });
    await server.connect(transport);
    let ended = false;
    const end = () => {
      ended = true;
      void server.close();
    };
    process.stdin.once('end', end);
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
    await closed;
    process.stdin.pause(); // else it keeps the process alive
    if (!ended) throw new MessageTooLongError(LONGEST_MESSAGE); // the transport closes for nothing else
  });
  if (session.signal.aborted) throw new AbortedError(session.signal.reason);
}

/** The protocol's stream: the transport wants a `Writable`, which stdout is. */
function writableOf(stream: NodeJS.WritableStream): Writable {
  if (stream instanceof Writable) return stream;
  return new Writable({
    write(chunk, _encoding, done) {
      if (stream.write(chunk)) done();
      else void once(stream, 'drain').then(() => done(), done);
    },
  });
}
