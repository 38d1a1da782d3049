// One archive that runs where there is no network: `npm run bundle`, on the platform that it is for.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { writeArchive } from './archive.ts';
import { contents, HERE } from './contents.ts';
import { OtherPlatformError } from './errors.ts';
import { checksums, writtenFiles } from './written.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

const { values } = parseArgs({
  options: {
    out: { type: 'string', short: 'o', default: 'out' },
    platform: { type: 'string', default: HERE },
    'no-compress': { type: 'boolean', default: false },
  },
});
try {
  await make(values.out, values.platform, !values['no-compress']);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 1;
}

/** Prints the archive's path, size and SHA-256. */
async function make(out: string, platform: string, compress: boolean): Promise<void> {
  if (platform !== HERE) throw new OtherPlatformError(platform, HERE);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const [commit, seconds] = await commitHere();
  const taken = await contents(root);
  const files = [...(await writtenFiles({ version, commit }, taken)), ...taken];
  const entries = [...files, await checksums(files)];

  await mkdir(out, { recursive: true });
  const folder = `biomedclip-webgpu-${version}-${HERE}`;
  const file = join(out, `${folder}.tar${compress ? '.xz' : ''}`);
  await writeArchive(file, entries, { folder, mtime: new Date(seconds * 1000), compress });
  const mebibytes = (await stat(file)).size / 2 ** 20;
  process.stdout.write(
    `${file}\n${entries.length} files, ${mebibytes.toFixed(1)} MiB, SHA-256 ${await sha256(file)}\n`,
  );
}

/** The commit that is checked out and its time, or `SOURCE_DATE_EPOCH`; outside a clone the start of 2000. */
async function commitHere(): Promise<[string | undefined, number]> {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  try {
    const { stdout } = await promisify(execFile)('git', ['log', '-1', '--format=%h %ct'], { cwd: root });
    const [commit, seconds] = stdout.trim().split(' ');
    return [commit, Number(epoch ?? seconds)];
  } catch {
    return [undefined, Number(epoch ?? 946_684_800)];
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
