import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The address of Debian's archive in this machine's apt sources, possibly a mirror; undefined if there is none. Reads
 * the one-line format (`*.list`) and deb822 (`*.sources`), as sources.list(5) describes them.
 */
export async function debianMirror(folder = '/etc/apt'): Promise<string | undefined> {
  const parts = join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  for (const file of [join(folder, 'sources.list'), ...names.map((name) => join(parts, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const sources = file.endsWith('.list') ? oneLineSources(text) : deb822Sources(text);
    const found = sources.find(({ suite }) => suite === 'bookworm' || suite === 'stable');
    if (found) return found.address;
  }
  return undefined;
}

interface AptSource {
  readonly address: string;
  readonly suite: string;
}

/** `deb [option=value ...] address suite component ...` */
function oneLineSources(text: string): AptSource[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(
    ([, address = '', suite = '']) => ({
      address,
      suite,
    }),
  );
}

/** Stanzas of `Field: value`, with blank lines between them; a line that starts with a space continues the field. */
function deb822Sources(text: string): AptSource[] {
  const stanzas = text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string) => {
      const value = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '';
      return value.split(/\s+/).filter((word) => word !== '');
    };
    const [address] = field('URIs');
    const used = field('Types').includes('deb') && !/^(no|false|off|0)$/i.test(field('Enabled')[0] ?? '');
    return used && address ? field('Suites').map((suite) => ({ address, suite })) : [];
  });
}
