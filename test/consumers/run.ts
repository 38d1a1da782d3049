// The packed package in a fresh folder for each bundler and runtime: `npm run consumers`, or `npm run consumers -- vite bun`.
// Each folder installs from npm, builds, and embeds: in Chromium for bundlers. The judge is Node on the same inputs.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { preview } from 'vite';
import { CHROMIUM, FLAGS } from '../support/chromium.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const CONSUMERS = [
  'node',
  'pnpm',
  'typescript',
  'bun',
  'deno',
  'vite',
  'webpack',
  'esbuild',
  'next',
] as const;
/** Links each package's own dependencies alone to it, so what none declares is not found. */
const PNPM = '10.34.8';
/** Adapters differ in the last bits. */
const TOLERANCE = 1e-3;

interface Row {
  readonly consumer: string;
  readonly versions: string;
  readonly result: string;
  /** Of all JavaScript that a bundler wrote, in kB; and of an install, in MB. */
  readonly kB?: number;
  readonly seconds: number;
}

const named = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-consumers-'));
const rows: Row[] = [];
try {
  await pack();
  const judges = await nodeOutputs();
  for (const consumer of CONSUMERS) {
    if (named.length > 0 && !named.includes(consumer)) continue;
    const start = performance.now();
    const outcome = await consume(consumer, judges).catch((error: unknown) => ({ result: failure(error) }));
    const seconds = Math.round((performance.now() - start) / 1000);
    rows.push({ consumer, versions: await versionOf(consumer), ...outcome, seconds });
    console.error(`${consumer}: ${outcome.result}`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
console.table(rows);
if (rows.some(({ result }) => result !== 'ok')) process.exitCode = 1;

async function pack(): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd: root });
  await rename(join(scratch, stdout.trim().split('\n').at(-1) ?? ''), join(scratch, 'package.tgz'));
}

/** What the built library of this checkout gives in Node. */
async function nodeOutputs(): Promise<number[][]> {
  const folder = await fresh('node');
  return outputsOf((await run('node', ['start.mjs'], { cwd: folder })).stdout);
}

/** A new folder with the consumer's files, in which the packages are installed. */
async function fresh(consumer: string): Promise<string> {
  const folder = join(scratch, consumer);
  for (const file of ['program.js', 'page.js', 'page.html', 'start.mjs', 'required.cjs'])
    await cp(join(here, file), join(folder, file));
  await cp(join(here, consumer), folder, { recursive: true });
  const pnpm = [
    '--yes',
    `pnpm@${PNPM}`,
    'install',
    '--prefer-offline',
    '--store-dir',
    join(scratch, 'store'),
  ];
  const npm = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
  await (consumer === 'pnpm' ? run('npx', pnpm, { cwd: folder }) : run('npm', npm, { cwd: folder }));
  return folder;
}

async function consume(consumer: string, judges: readonly number[][]): Promise<Pick<Row, 'result' | 'kB'>> {
  const folder = await fresh(consumer);
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
  const options = { cwd: folder, env: environment, maxBuffer: 1 << 26 };
  const { stdout } = await run('npm', ['run', '--silent', scripts.build ? 'build' : 'start'], options);
  if (!scripts.build) return { result: verdict(outputsOf(stdout), judges) };
  const out = join(folder, 'out');
  const kB = Math.round((await scriptBytes(out)) / 1000);
  const onServer = await serverOutputs(out);
  if (onServer && verdict(onServer, judges) !== 'ok') return { result: verdict(onServer, judges), kB };
  return { result: verdict([await inChromium(out)], judges), kB };
}

/** What a route computed on the server, where the consumer has one. */
async function serverOutputs(out: string): Promise<number[][] | undefined> {
  const file = join(out, 'cosines.json');
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

function outputsOf(printed: string): number[][] {
  return printed
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => JSON.parse(line));
}

/** What the page in that folder computes. */
async function inChromium(folder: string): Promise<number[]> {
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { outDir: '.' },
    preview: { host: 'localhost', port: 0 },
  });
  const context = await chromium.launchPersistentContext(await mkdtemp(join(scratch, 'profile-')), {
    executablePath: CHROMIUM,
    args: FLAGS,
  });
  try {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    const outcome = page.waitForFunction(() => (globalThis as { outcome?: string }).outcome, null, {
      timeout: 90_000,
    });
    const printed = await (await outcome.catch(() => undefined))?.jsonValue();
    if (!printed?.startsWith('['))
      throw new Error(printed ?? (errors.join('; ') || 'the page never answered'));
    return JSON.parse(printed);
  } finally {
    await context.close();
    await server.close();
  }
}

/** Node's outputs are of the drawn image and of the picture; TypeScript's program and pages have the first alone. */
function verdict(found: readonly number[][], judges: readonly number[][]): string {
  const close = found.every((values, i) => agree(values, judges[i] ?? []));
  return close && found.length > 0 ? 'ok' : `cosines ${found.join('; ')}, not ${judges.join('; ')}`;
}

function agree(values: readonly number[], judge: readonly number[]): boolean {
  const close = values.every((value, i) => Math.abs(value - (judge[i] ?? 0)) < TOLERANCE);
  return close && values.length === judge.length && judge.length > 0;
}

async function scriptBytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const sizes = files
    .filter((file) => file.endsWith('.js'))
    .map(async (file) => (await stat(join(folder, file))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The last lines that the command wrote, or the error. */
function failure(error: unknown): string {
  const {
    stdout = '',
    stderr = '',
    message = String(error),
  } = error as { stdout?: string; stderr?: string; message?: string };
  return `${stdout}${stderr}`.trim().split('\n').slice(-12).join('; ').slice(-400) || message;
}

async function versionOf(consumer: string): Promise<string> {
  if (consumer === 'node') return process.version;
  if (consumer === 'pnpm') return PNPM;
  const file = join(scratch, consumer, 'node_modules', consumer, 'package.json');
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{}')).version ?? '';
}
