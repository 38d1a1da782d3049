// The suite under other versions of Node: `npm run runtimes`, or `npm run runtimes -- 24 --whole`. Each comes from npm into a fresh
// folder. Without `--whole` these files alone run, which meet each native module, the GPU, streams and the command line.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['22', '24'];
const FILES = ['arguments', 'embed-batch', 'image-decode', 'metrics-api', 'cli.test', 'archives'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const asked = process.argv.slice(2);
const whole = asked.includes('--whole');
const versions = asked.filter((argument) => argument !== '--whole');
const scratch = mkdtempSync(join(tmpdir(), 'biomedclip-runtimes-'));
try {
  for (const version of versions.length > 0 ? versions : VERSIONS) {
    const node = install(version);
    console.log(`Node ${execFileSync(node, ['--version'])}`.trim());
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...(whole ? [] : FILES.map((name) => `test/${name}`)),
    ];
    // The commands that tests start are `node` by name in places.
    const PATH = `${join(node, '..')}:${process.env.PATH}`;
    const { status } = spawnSync(node, vitest, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH },
    });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @returns the path of that version's program */
function install(version: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(scratch, version);
  const npm = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', `${name}@${version}`];
  execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(folder, 'node_modules', name, 'bin', 'node');
}
