import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEXT_FILE = /\.(wgsl|py)$/;
/** A codec's WebAssembly goes along as text: a path to it is what each bundler wants otherwise. */
const WASM_FILE = /\.wasm$/;
/** Their loaders, written for Node without modules or for a script element. */
const WASM_LOADER = /\/codec-[\w-]+\/dist\/\w+wasm_decode\.js$/;

/**
 * Makes `import source from './x.wgsl'` give the file's text in vitest, Vite and tsdown; Python scripts too, and
 * WebAssembly in Base64.
 */
export function textFiles() {
  return {
    name: 'text-files',
    enforce: 'pre' as const, // before Vite says that it knows no .wasm
    async load(id: string) {
      if (!WASM_FILE.test(id)) return;
      return { code: await base64Module(id), map: null, moduleType: 'js' as const };
    },
    transform(this: { addWatchFile(path: string): void }, code: string, id: string) {
      if (WASM_LOADER.test(id)) return { code: withoutNode(code), map: null };
      if (!TEXT_FILE.test(id)) return;
      const source = textModule(code, id, (part) => this.addWatchFile(part));
      return { code: source, map: null, moduleType: 'js' as const };
    },
  };
}

/** The same for Node itself, as a module hook that `from-source.mjs` registers. */
export const load: LoadHook = async (url, context, next) => {
  const wasm = WASM_FILE.test(url);
  if (!wasm && !TEXT_FILE.test(url)) return next(url, context);
  const file = fileURLToPath(url);
  const source = wasm ? await base64Module(file) : textModule(await readFile(file, 'utf8'), file);
  return { format: 'module', source, shortCircuit: true };
};

async function base64Module(file: string): Promise<string> {
  return `export default ${JSON.stringify(await readFile(file, 'base64'))};`;
}

/** The loader of a codec that looks for no file, since it is handed the WebAssembly itself. */
function withoutNode(code: string): string {
  return code
    .replace(/ENVIRONMENT_IS_NODE=[^;]*;/, 'ENVIRONMENT_IS_NODE=false;')
    .replace(/require\("(fs|path)"\)/g, '{}');
}

/** The module that an import of a shader or a Python script gives: its default export is the text, parts and all. */
function textModule(text: string, file: string, onPart?: (part: string) => void): string {
  const whole = file.endsWith('.wgsl') ? withParts(text, file, onPart) : text;
  return `export default ${JSON.stringify(whole)};`;
}

/**
 * The shader with `#include "part.wgsl"` replaced by that part, each part once, and the paths of
 * `#choice "one.wgsl" "other.wgsl"` by those from the repository's root: `assemble` puts one of these in its place, which
 * it knows by the path in the first line of each. Paths are relative to the file that names them.
 * @throws {Error} naming both files, for a part that does not exist or that includes itself
 */
export function withParts(
  code: string,
  file: string,
  onPart: (part: string) => void = () => {},
  including: readonly string[] = [file],
  included = new Set<string>(),
): string {
  const find = (path: string) => {
    const part = resolve(dirname(file), path);
    if (!existsSync(part)) throw new Error(`${name(file)} names ${name(part)}, which does not exist`);
    return part;
  };
  const text = code
    .replace(/^#choice .*$/gm, (line) =>
      line.replace(/"(.+?)"/g, (_, path: string) => `"${name(find(path))}"`),
    )
    .replace(/^#include "(.+)"$/gm, (_, path: string) => {
      const part = find(path);
      if (including.includes(part))
        throw new Error(`${name(file)} includes ${name(part)}, which includes it`);
      if (included.has(part)) return '';
      included.add(part);
      onPart(part);
      return withParts(readFileSync(part, 'utf8'), part, onPart, [...including, part], included);
    });
  return `// ${name(file)}\n${text}`;
}

const name = (file: string) => relative(import.meta.dirname, file);
