// Writes dist/sbom.cdx.json: what a user installs with the package, and what is built into its files, as CycloneDX. By `npm sbom`,
// of the lock file, so that it is the same on every system; without serial number and time, so that it is the same in every build.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const LICENCES = 'dist/licences';

/** @returns {Set<string>} names of the packages whose licences lie beside the built files */
function builtIn() {
  const names = readdirSync(LICENCES).flatMap((name) =>
    name.startsWith('@') ? readdirSync(`${LICENCES}/${name}`).map((part) => `${name}/${part}`) : name,
  );
  return new Set(names);
}

/** All that is in the lock file. */
function npmSbom() {
  const argv = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  return JSON.parse(execFileSync(npm, argv, { encoding: 'utf8', maxBuffer: 2 ** 28 }));
}

/**
 * The package's dependencies and all that these need. `npm sbom --omit dev` leaves out what a package for development needs too.
 * @param {ReadonlyMap<string, readonly string[]>} needs
 * @returns {Set<string>}
 */
function installed(needs) {
  const { packages } = readJson('package-lock.json');
  const { dependencies } = readJson('package.json');
  const found = new Set();
  const open = Object.keys(dependencies).map((name) => `${name}@${packages[`node_modules/${name}`].version}`);
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (found.has(ref)) continue;
    found.add(ref);
    open.push(...(needs.get(ref) ?? []));
  }
  return found;
}

/** What the package's dependencies are, all that they need with them, and what is built in. */
export function writeSbom() {
  if (!existsSync('package-lock.json')) return; // of a copy without it nothing would be certain
  const { serialNumber: _, metadata, ...sbom } = npmSbom();
  const needs = new Map(sbom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const [known, built] = [installed(needs), builtIn()];
  const components = sbom.components.flatMap((component) => {
    if (known.has(component['bom-ref'])) return withUse(component, 'installed');
    return built.has(component.name) ? withUse(component, 'built in') : [];
  });
  const { name, version, dependencies } = readJson('package.json');
  const refs = new Set(components.map((component) => component['bom-ref']));
  const own = metadata.component['bom-ref'];
  const isOwn = (ref) => Object.hasOwn(dependencies, ref.slice(0, ref.lastIndexOf('@')));
  const edges = sbom.dependencies.flatMap(({ ref, dependsOn }) => {
    if (ref === own) return { ref, dependsOn: dependsOn.filter((one) => isOwn(one) && refs.has(one)) };
    return refs.has(ref) ? { ref, dependsOn: dependsOn.filter((one) => refs.has(one)) } : [];
  });
  const { timestamp: __, tools: ___, ...about } = metadata; // npm's version is not the package's
  const component = { ...about.component, name, version }; // npm takes the folder's name
  const whole = { ...sbom, metadata: { ...about, component }, components, dependencies: edges };
  writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(whole, null, 1)}\n`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function withUse(component, value) {
  const others = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
  return { ...component, scope: 'required', properties: [...others, { name: 'biomedclip:use', value }] };
}
