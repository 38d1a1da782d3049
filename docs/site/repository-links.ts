import { existsSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { sitePath } from './pages.ts';

/**
 * Links in the repository's Markdown are relative to the file, so that they work on GitHub. On the site a link to a page
 * goes to that page, one to any other file to the repository, or where package.json names none is plain text.
 */
export function repositoryLinks(md: MarkdownRenderer, root: string): void {
  const repository = repositoryUrl(root);
  md.core.ruler.push('repository_links', ({ tokens, env }) => {
    const path: string | undefined = env.realPath ?? env.path;
    if (path === undefined) return; // the title of a box, say
    const file = relative(root, path);
    const open: boolean[] = [];
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === 'link_open') {
        const href = siteHref(token.attrGet('href') ?? '', file, root, repository);
        open.push(href !== undefined);
        if (href !== undefined) token.attrSet('href', href);
      }
      const kept = token.type === 'link_close' ? open.pop() : open.at(-1);
      if (kept === false && token.type.startsWith('link_')) {
        token.tag = 'span';
        token.attrs = null;
        token.type = token.type === 'link_open' ? 'span_open' : 'span_close';
      }
    }
  });
}

/** @throws {Error} for a link to a file that does not exist */
function siteHref(
  href: string,
  file: string,
  root: string,
  repository: string | undefined,
): string | undefined {
  if (href === '' || /^([a-z]+:|[#/])/.test(href)) return href;
  const [path = '', hash] = decodeURI(href).split('#');
  const target = posix.join(posix.dirname(file), path);
  const found = [
    target,
    `${target}.md`,
    posix.join(target, 'README.md'),
    posix.join(target, 'index.md'),
  ].find((name) => name.endsWith('.md') && existsSync(join(root, name)));
  const page = target === 'README.md' ? 'index.md' : found && sitePath(found);
  if (page) return `/${page}${hash === undefined ? '' : `#${hash}`}`;
  if (!existsSync(join(root, target))) throw new Error(`${file} links to ${target}, which does not exist`);
  return repository && `${repository}/blob/main/${target}`;
}

function repositoryUrl(root: string): string | undefined {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    repository?: string | { url: string };
  };
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url
    ?.replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/^github:/, 'https://github.com/');
}
