import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig, type MarkdownEnv } from 'vitepress';
import { diagrams } from '../site/diagrams.ts';
import { SITE_PAGES, sitePath } from '../site/pages.ts';
import { repositoryLinks } from '../site/repository-links.ts';

const root = join(import.meta.dirname, '../..');

export default defineConfig({
  title: 'biomedclip-webgpu',
  description: 'BiomedCLIP on WebGPU: embed medical images and captions, and measure the modality gap',
  lang: 'en',
  srcDir: '..',
  outDir: '.vitepress/dist',
  cacheDir: '.vitepress/cache',
  // Only what belongs to the site: the repository has other Markdown too.
  srcExclude: ['**/node_modules/**', '.*/**', 'out/**', 'dist/**', 'src/**', 'test/**', ...otherPages()],
  rewrites: (file) => sitePath(file) ?? file,
  ignoreDeadLinks: false,
  markdown: {
    config: (md) => {
      repositoryLinks(md, root);
      diagrams(md);
    },
    theme: { light: 'github-light', dark: 'github-dark' },
    languageAlias: { mjs: 'js' },
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } }, // the search's index, fetched at the first search
  themeConfig: {
    search: { provider: 'local', options: { _render: searched } },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Get started', link: '/getting-started' },
      { text: 'Recipes', link: '/recipes/' },
      { text: 'Commands', link: '/reference/commands' },
      { text: 'Options', link: '/reference/options' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Get started in five minutes', link: '/getting-started' },
          { text: 'Library', link: '/library' },
          { text: 'Command line', link: '/command-line' },
          { text: 'Data that is read', link: '/data' },
          { text: 'Scoring labelled sets', link: '/evaluate' },
          { text: 'Services', link: '/services' },
          { text: 'Past one machine', link: '/scale' },
          { text: 'When a call fails', link: '/reliability' },
          { text: 'Browsers', link: '/browser' },
          { text: 'Adapters', link: '/adapters' },
          { text: 'Closing the gap', link: '/closing-the-gap' },
        ],
      },
      { text: 'Recipes', items: recipes() },
      {
        text: 'Reference',
        items: [
          { text: 'All commands and options', link: '/reference/commands' },
          { text: 'All options of the library', link: '/reference/options' },
          { text: 'API', link: '/api/' },
          { text: 'Errors by name', link: '/reference/errors' },
          { text: 'Statistics and papers', link: '/reference/statistics' },
          { text: 'Batch size and memory', link: '/reference/memory' },
        ],
      },
      {
        text: 'Project',
        items: [
          { text: 'Architecture', link: '/architecture' },
          { text: 'Imports', link: '/imports' },
          { text: 'Contributing', link: '/contributing' },
          { text: 'Benchmarks', link: '/bench/results' },
          { text: 'Profile', link: '/bench/profile' },
          { text: 'Embedded model', link: '/embedded-model' },
          { text: 'Example set', link: '/example-set' },
          { text: 'Changelog', link: '/changelog' },
        ],
      },
    ],
  },
});

/** What the search knows of a page: of the API a page's name and text, not the headings that all its pages have. */
function searched(text: string, env: MarkdownEnv, md: { render(text: string, env: object): string }): string {
  const html = md.render(text, env);
  return /^(docs\/)?api\//.test(env.relativePath) ? html.replaceAll(/<(\/?)h[2-6]\b/g, '<$1p') : html;
}

/** Markdown at the root and below folders that have a page of the site, which are none themselves. */
function otherPages(): string[] {
  const folders = ['.', 'bench', 'weights', 'examples', 'docs'];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== '.', withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.md') && !entry.parentPath.includes('node_modules'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .filter((file) => sitePath(file) === undefined),
  );
}

function recipes(): DefaultTheme.SidebarItem[] {
  return Object.entries(SITE_PAGES.recipes)
    .filter(([file]) => existsSync(join(root, 'docs/recipes', `${file}.md`)))
    .map(([file, text]) => ({ text, link: `/recipes/${file}` }));
}
