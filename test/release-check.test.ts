import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { releaseFaults } from '../release-check.ts';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const manifest = { version: '1.2.0', repository: 'github:example/biomedclip-webgpu' };
const citation = 'cff-version: 1.2.0\nversion: 1.2.0\ndate-released: 2026-11-26\n';
const changelog = '# Changelog\n\n## 1.2.0 (2026-11-26)\n';

test('a release whose files agree has no fault', () => {
  expect(releaseFaults(manifest, citation, changelog)).toEqual([]);
});

test.each([
  ['package.json', { version: '1.2.0' }, citation, changelog],
  ['CITATION.cff: version', manifest, citation.replace('\nversion: 1.2.0', '\nversion: 1.1.0'), changelog],
  ['CITATION.cff: date-released', manifest, citation.replace(/date.*\n/, ''), changelog],
  ['CHANGELOG.md', manifest, citation, '# Changelog\n\n## Unreleased\n\n## 1.1.0\n'],
])('names the file that is behind: %s', (where, json, cff, changes) => {
  const faults = releaseFaults(json, cff, changes);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(where);
});

test('the citation has the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CITATION.cff')).toMatch(new RegExp(`^version: ${version.replaceAll('.', '\\.')}$`, 'm'));
});
