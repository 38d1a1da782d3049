import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';

const TEXT_FILE = /\.(wgsl|py)$/;

/** The module that an import of a shader or a Python script gives: its default export is the file's text. */
function textModule(text: string): string {
  return `export default ${JSON.stringify(text)};`;
}

/** Makes `import source from './x.wgsl'` give the file's text in vitest, Vite and tsdown; Python scripts too. */
export function textFiles() {
  return {
    name: 'text-files',
    transform(code: string, id: string) {
      if (!TEXT_FILE.test(id)) return;
      return { code: textModule(code), map: null, moduleType: 'js' as const };
    },
  };
}

/** The same for Node itself, as a module hook that `from-source.mjs` registers. */
export const load: LoadHook = async (url, context, next) => {
  if (!TEXT_FILE.test(url)) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: textModule(text), shortCircuit: true };
};
