/** Which Markdown of the repository is a page of the site, and where. */
export const SITE_PAGES = {
  /** Outside `docs`. */
  elsewhere: {
    'CONTRIBUTING.md': 'contributing.md',
    'CHANGELOG.md': 'changelog.md',
    'bench/RESULTS.md': 'bench/results.md',
    'bench/PROFILE.md': 'bench/profile.md',
    'weights/default/README.md': 'embedded-model.md',
    'examples/biomed/SOURCES.md': 'example-set.md',
  },
  /** In the order of the sidebar. */
  recipes: {
    'compare-models': 'Compare two models',
    'mislabelled-pairs': 'Find mislabelled pairs',
    'search-archive': 'Search an archive',
    'close-the-gap': 'Close the gap',
    'precomputed-embeddings': 'Use precomputed embeddings',
    worker: 'Embed in a worker',
    next: 'In Next.js',
    electron: 'In Electron',
    'bun-deno': 'In Bun and Deno',
  },
} as const;

/** `docs/library.md` is `library.md` on the site, `README.md` of a folder its index; undefined for what is no page. */
export function sitePath(file: string): string | undefined {
  const elsewhere: Readonly<Record<string, string>> = SITE_PAGES.elsewhere;
  if (elsewhere[file] !== undefined) return elsewhere[file];
  if (!file.startsWith('docs/') || file.startsWith('docs/.')) return undefined;
  return file.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md');
}
