import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT } from './sources.ts';

/** A fence of JavaScript or TypeScript on a page, or a file of the repository that a page shows whole (`<<< ../file`). */
export interface CodeBlock {
  readonly page: string;
  /** Of the fence. */
  readonly line: number;
  readonly language: string;
  /** The name in its first line, as in `// search-archive.mjs`; a page's further blocks without one go on with it. */
  readonly file: string | undefined;
  readonly code: string;
  /** Of a file that is shown: its path from the repository's root. */
  readonly included?: string;
}

const FENCE = /^```(js|ts|tsx)\n(.*?)^```$/gms;
const INCLUDE = /^<<< (\S+\.(mjs|tsx?))$/gm;

/** Every piece of JavaScript and TypeScript that the pages show, pieces of one file joined. */
export function codeBlocks(): CodeBlock[] {
  return pages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...fences(page, text), ...includes(page, text)];
  });
}

function fences(page: string, text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const { 1: language = '', 2: code = '', index } of text.matchAll(FENCE)) {
    const line = lineAt(text, index);
    const file = /^\/\/ (\S+\.(?:mjs|tsx?))$/m.exec(code.split('\n', 1)[0] ?? '')?.[1];
    const last = blocks.at(-1);
    const goesOn = file === undefined && !/^import |^\/\/ transformers\.js$/m.test(code);
    if (last && goesOn) blocks[blocks.length - 1] = { ...last, code: last.code + code };
    else blocks.push({ page, line, language, file, code });
  }
  return blocks;
}

/** @throws {Error} the system's, for a file that is not there: VitePress would only warn */
function includes(page: string, text: string): CodeBlock[] {
  return [...text.matchAll(INCLUDE)].map(({ 1: path = '', 2: language = '', index }) => {
    const included = posix.join(posix.dirname(page), path);
    const code = readFileSync(join(ROOT, included), 'utf8');
    return { page, line: lineAt(text, index), language, file: posix.basename(included), code, included };
  });
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const own = docs.filter((file) => file.endsWith('.md') && !/^(api|reference|\.vitepress)\//.test(file));
  return ['README.md', ...own.map((file) => `docs/${file}`)].sort();
}
