import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorClasses } from '../docs/site/errors.ts';
import { ROOT } from '../docs/site/sources.ts';
import { textFiles } from '../text-files.ts';

// Minifiers give classes other names, and pages look errors up by name: bundled, each still has the name of its documentation.

type Bundled = Record<string, ErrorClass>;
type ErrorClass = (new (...args: never[]) => Error) & { readonly prototype: Error };

const classes = errorClasses();
const ENTRY = 'virtual:every-error-class';
const folder = await mkdtemp(join(tmpdir(), 'biomedclip-names-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function bundledBy(minify: 'oxc' | 'esbuild'): Promise<Bundled> {
  const lines = classes.map(({ name, path }) => `export { ${name} } from '${join(ROOT, path)}';`);
  const outDir = join(folder, minify);
  const entry = {
    name: 'entry',
    resolveId: (id: string) => (id === ENTRY ? id : null),
    load: (id: string) => (id === ENTRY ? lines.join('\n') : null),
  };
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    plugins: [entry, textFiles()],
    build: {
      outDir,
      minify,
      ssr: true,
      rollupOptions: { input: ENTRY, output: { entryFileNames: 'errors.mjs' } },
    },
  });
  return import(pathToFileURL(join(outDir, 'errors.mjs')).href);
}

describe.each(['oxc', 'esbuild'] as const)('minified by %s', (minify) => {
  let bundled: Bundled;
  beforeAll(async () => {
    bundled = await bundledBy(minify);
  });

  test('every error class keeps its documented name', () => {
    const named = Object.entries(bundled).map(([exported, { prototype }]) => [
      exported,
      Object.create(prototype).name,
    ]);
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter(([exported, name]) => name !== exported)).toEqual([]);
  });

  test.each([
    ['ShapeError', ['gemm', 'a', '[1]', [2]]],
    ['ImageNotFoundError', ['a.png']],
    ['AbortedError', []],
  ])('a thrown %s prints it', (name, args) => {
    const error = new (bundled[name] as ErrorClass)(...(args as never[]));
    expect(String(error)).toMatch(`${name}: `);
    expect(error.stack).toMatch(`${name}: `);
    expect(Object.keys(error)).not.toContain('name'); // one of its facts, in JSON and in consoles
  });
});
