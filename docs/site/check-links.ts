// Checks the built site: every link and picture within it leads to a file, every anchor to a heading, and no page loads
// anything from another host. `npm run docs` runs it last.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT } from './sources.ts';

const dist = join(ROOT, 'docs/.vitepress/dist');
const pages = new Map(
  readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html'))
    .map((file) => [`/${file}`, readFileSync(join(dist, file), 'utf8')]),
);
const anchors = new Map([...pages].map(([page, html]) => [page, new Set(valuesOf(html, 'id'))]));

const faults = [...pages].flatMap(([page, html]) => [
  ...new Set([...deadLinks(page, html), ...foreign(page, html)]),
]);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${pages.size} pages, no dead link`);

function deadLinks(page: string, html: string): string[] {
  const links = [...valuesOf(html, 'href'), ...valuesOf(html, 'src')].filter(
    (link) => !/^(\w+:|\/\/)/.test(link),
  );
  return links.flatMap((link) => {
    const [path = '', hash = ''] = decodeURI(link).split('#');
    const target = path === '' ? page : posix.resolve(posix.dirname(page), path);
    const found = [target, `${target}.html`, posix.join(target, 'index.html')].find(
      (file) =>
        pages.has(file) || (!file.endsWith('/') && existsSync(join(dist, file)) && /\.\w+$/.test(file)),
    );
    if (found === undefined) return [`${page}: ${link} leads nowhere`];
    const known = hash === '' || anchors.get(found)?.has(hash);
    return known ? [] : [`${page}: ${link} has no such heading`];
  });
}

/** What a browser would fetch by itself from elsewhere. */
function foreign(page: string, html: string): string[] {
  const loading = html.match(/<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)="https?:[^"]*"/g) ?? [];
  return loading.filter((tag) => !/rel="canonical"/.test(tag)).map((tag) => `${page}: loads ${tag}`);
}

function valuesOf(html: string, attribute: string): string[] {
  const found = html.matchAll(new RegExp(`<[a-z][^>]*?\\s${attribute}="([^"]*)"`, 'g'));
  return [...found].map(([, value = '']) => value.replaceAll('&amp;', '&'));
}
