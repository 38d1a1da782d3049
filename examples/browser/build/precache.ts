import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const PLACEHOLDER = '__PRECACHE__';

/** Writes the list of everything built but files ending in `except`, and a hash of its contents, into the service worker `file`. */
export function precache(file: string, except: string): Plugin {
  let outDir = '';
  return {
    name: 'precache',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const worker = await readFile(join(outDir, file), 'utf8').catch(() => undefined);
        if (worker === undefined) return; // the build failed
        if (!worker.includes(PLACEHOLDER)) throw new Error(`${file} has no ${PLACEHOLDER} to fill in`);
        const { files, version } = await listOf(outDir, (name) => name !== file && !name.endsWith(except));
        const list = JSON.stringify(JSON.stringify({ files, version })).slice(1, -1);
        await writeFile(
          join(outDir, file),
          worker.replace(PLACEHOLDER, () => list),
        );
      },
    },
  };
}

async function listOf(
  outDir: string,
  isWanted: (name: string) => boolean,
): Promise<{ files: string[]; version: string }> {
  const entries = await readdir(outDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(outDir.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter(isWanted)
    .sort();
  const hash = createHash('sha256');
  for (const name of files) hash.update(name).update(await readFile(join(outDir, name)));
  return { files, version: hash.digest('hex').slice(0, 16) };
}
