/** Says what is not ready in a release; `npm publish` runs it first. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What stands in the way of publishing, a line a fault.
 * @param manifest package.json
 * @param citation the text of CITATION.cff
 * @param changelog the text of CHANGELOG.md
 */
export function releaseFaults(
  { version, repository }: { version: string; repository?: unknown },
  citation: string,
  changelog: string,
): string[] {
  const cited = /^version: (.+)$/m.exec(citation)?.[1];
  const newest = /^## (.+)$/m.exec(changelog)?.[1] ?? '';
  const faults: string[] = [];
  if (cited !== version) faults.push(`CITATION.cff: version is ${cited}, package.json has ${version}`);
  if (newest.split(' ')[0] !== version) {
    faults.push(`CHANGELOG.md: the newest section is "${newest}", expected one that begins with ${version}`);
  }
  if (!/^date-released: \d{4}-\d\d-\d\d$/m.test(citation)) {
    faults.push('CITATION.cff: date-released is missing');
  }
  if (!repository) {
    faults.push(
      'package.json: repository is missing, through which npm finds the README’s pictures: npm pkg set repository=ADDRESS',
    );
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
  const faults = releaseFaults(JSON.parse(read('package.json')), read('CITATION.cff'), read('CHANGELOG.md'));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
