import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { textFiles } from '../../text-files.ts';

/** A server of the pages in test/browser with the library's sources, and of a folder's files under `/`, looked at once. */
export async function servePages(folder: string): Promise<{ server: ViteDevServer; origin: string }> {
  const server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    publicDir: folder,
    plugins: [textFiles()],
    optimizeDeps: { entries: ['test/browser/*.html'] }, // and no other page in the repository
    logLevel: 'error',
    server: { host: 'localhost', port: 0 },
  });
  await server.listen();
  const [origin = ''] = server.resolvedUrls?.local ?? [];
  return { server, origin };
}
