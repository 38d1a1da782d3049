// What comes with the package, by the list of it in CycloneDX that a build writes: `npm run build` first.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withDist } from './support/dist-lock.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

/** Packages whose licences lie beside the built files. */
function builtIn(): string[] {
  return readdirSync(`${root}dist/licences`).flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(`${root}dist/licences/${name}`).map((part) => `${name}/${part}`)
      : name,
  );
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}
const [list, licenceFolders] = await withDist(async () => [read('dist/sbom.cdx.json'), builtIn()] as const);
const sbom = JSON.parse(list) as {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};
const { dependencies, version } = JSON.parse(read('package.json')) as {
  readonly dependencies: Record<string, string>;
  readonly version: string;
};
const withUse = (use: string) =>
  sbom.components.filter(({ properties }) => properties.some(({ value }) => value === use));

/** Licences that ask for no more than a notice, of whole files as they are, or of a library that one can replace (libvips). */
const ALLOWED = new Set([
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Zlib', 'CC0-1.0', 'Apache-2.0'],
  ...['MPL-2.0', 'LGPL-3.0-or-later'],
]);
/** What its files say where its package.json says nothing. */
const BY_FILE: Readonly<Record<string, string>> = { 'png-js': 'MIT' };

function licencesOf({ name, licenses = [] }: Component): string[] {
  const named = licenses.map(({ license, expression }) => license?.id ?? expression ?? '');
  const said = named.length > 0 ? named : [BY_FILE[name] ?? ''];
  return said.flatMap((text) => text.replace(/[()]/g, '').split(/ (?:AND|OR) /));
}

describe('dist/sbom.cdx.json', () => {
  test('is of this package, and has what is installed with it and what is built in', () => {
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(sbom.metadata.component).toMatchObject({ name: 'biomedclip-webgpu', version });
    const installed = new Set(withUse('installed').map(({ name }) => name));
    expect(Object.keys(dependencies).filter((name) => !installed.has(name))).toEqual([]);
    const built = new Set(sbom.components.map(({ name }) => name));
    expect(licenceFolders.length).toBeGreaterThan(40);
    expect(licenceFolders.filter((name) => !built.has(name))).toEqual([]);
  });

  test('names each by version and digest, and nothing that is needed is missing', () => {
    for (const { name, version: its, hashes } of sbom.components) {
      expect([name, its, hashes?.[0]?.alg]).toEqual([
        name,
        expect.stringMatching(/^\d+\.\d+\.\d+/),
        'SHA-512',
      ]);
    }
    const known = new Set(sbom.dependencies.map(({ ref }) => ref));
    for (const { dependsOn } of sbom.dependencies) for (const ref of dependsOn) expect(known).toContain(ref);
  });

  test('has licences that go with MIT alone', () => {
    for (const component of sbom.components) {
      for (const licence of licencesOf(component))
        expect(ALLOWED, `${component.name}: ${licence}`).toContain(licence);
    }
  });
});

test('each package of the lock file has a digest, which npm checks when it installs', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    readonly packages: Record<string, { readonly integrity?: string; readonly link?: boolean }>;
  };
  const fetched = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  );
  expect(fetched.length).toBeGreaterThan(500);
  expect(
    fetched.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
  ).toEqual([]);
});

test('each dependency has its line of reason', () => {
  const reasons = read('docs/architecture.md').split('## Dependencies')[1] ?? '';
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const all = ['dependencies', 'peerDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const isNamed = (name: string) =>
    reasons.includes(`\`${name}\``) || (name.startsWith('@types/') && reasons.includes('`@types/*`'));
  expect(all.filter((name) => !isNamed(name))).toEqual([]);
});
