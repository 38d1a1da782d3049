import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

/** A fence of JavaScript or TypeScript on a page. */
export interface CodeBlock {
  readonly page: string;
  /** Of the fence. */
  readonly line: number;
  readonly language: string;
  /** The name in its first line, as in `// search-archive.mjs`; a page's further blocks without one go on with it. */
  readonly file: string | undefined;
  readonly code: string;
}

const FENCE = /^```(js|ts|tsx)\n(.*?)^```$/gms;

/** Every piece of JavaScript and TypeScript that the pages show, pieces of one file joined. */
export function codeBlocks(): CodeBlock[] {
  return pages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const blocks: CodeBlock[] = [];
    for (const { 1: language = '', 2: code = '', index } of text.matchAll(FENCE)) {
      const line = text.slice(0, index).split('\n').length;
      const file = /^\/\/ (\S+\.(?:mjs|tsx?))$/m.exec(code.split('\n', 1)[0] ?? '')?.[1];
      const last = blocks.at(-1);
      const goesOn = file === undefined && !/^import |^\/\/ transformers\.js$/m.test(code);
      if (last && goesOn) blocks[blocks.length - 1] = { ...last, code: last.code + code };
      else blocks.push({ page, line, language, file, code });
    }
    return blocks;
  });
}

function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const own = docs.filter((file) => file.endsWith('.md') && !/^(api|reference|\.vitepress)\//.test(file));
  return ['README.md', ...own.map((file) => `docs/${file}`)].sort();
}
