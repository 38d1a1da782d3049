// How many single mistakes do the tests notice? Plants a seeded sample of them into a copy of the checkout, finds by one
// traced run which test files pass which, and runs those with one mistake awake at a time, until one fails:
//   node test/mutation/run.mjs --out out/mutation [--count 300] [--seed 1] [--again earlier.json]
// --again takes the mistakes that an earlier run's tests did not notice, as far as their lines are still there.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf, plant } from './mutants.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'out/mutation' },
    again: { type: 'string' },
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});
/** Seconds of tests, as the traced run took them, that are spent on one mistake. */
const BUDGET_S = 45;
/** A mistake may make a loop endless. */
const LIMIT_FACTOR = 10;

const root = resolve(import.meta.dirname, '../..');
const out = resolve(values.out);
const copy = join(out, 'checkout');
const trace = join(out, 'trace.txt');
const config = 'test/mutation/vitest.config.mjs';

const mutants = values.again ? survivorsOf(values.again) : sample(Number(values.count), Number(values.seed));
copyCheckout();
for (const file of new Set(mutants.map(({ file }) => file))) {
  const planted = mutants.filter((mutant) => mutant.file === file);
  writeFileSync(join(copy, file), plant(readFileSync(join(root, file), 'utf8'), planted));
}
execFileSync('npm', ['run', '--silent', 'build'], { cwd: copy, stdio: 'inherit' });
const seconds = await tracedRun();
const passedBy = readTrace();
const waiting = mutants.values(); // shared by both lanes
await Promise.all([judgeAll(waiting), judgeAll(waiting)]);

async function judgeAll(waiting) {
  for (const mutant of waiting) {
    await judge(mutant);
    report(mutant);
  }
}

function report(mutant) {
  writeFileSync(join(out, 'mutants.json'), JSON.stringify(mutants, null, 1));
  const noticed = mutants.filter(({ verdict }) => verdict === 'noticed').length;
  const judged = mutants.filter(({ verdict }) => verdict).length;
  console.log(`${judged} of ${mutants.length}: ${noticed} noticed; ${mutant.verdict} ${nameOf(mutant)}`);
}

function sources() {
  return execFileSync('git', ['ls-files', 'src', 'weights'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('/training/'));
}

function sample(count, seed) {
  const all = sources().flatMap((file) => mutantsOf(file, readFileSync(join(root, file), 'utf8')));
  const random = generator(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  const chosen = [];
  for (const mutant of all) {
    if (chosen.length < count && !chosen.some((other) => overlap(mutant, other))) chosen.push(mutant);
  }
  return chosen.map((mutant, id) => ({ id, ...mutant, source: lineOf(mutant) }));
}

/** mulberry32 */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function overlap(a, b) {
  return a.file === b.file && a.start < b.end && b.start < a.end;
}

function lineOf({ file, line }) {
  return readFileSync(join(root, file), 'utf8').split('\n')[line - 1].trim();
}

/** The same mistakes in today's files, found by their line's text. */
function survivorsOf(path) {
  const earlier = JSON.parse(readFileSync(path, 'utf8')).filter(({ verdict }) => verdict !== 'noticed');
  return earlier.flatMap((before) => {
    if (!existsSync(join(root, before.file))) return [];
    const today = mutantsOf(before.file, readFileSync(join(root, before.file), 'utf8'));
    const same = today.find(
      (mutant) =>
        mutant.text === before.text && mutant.mutated === before.mutated && lineOf(mutant) === before.source,
    );
    return same ? [{ id: before.id, ...same, source: before.source }] : [];
  });
}

function copyCheckout() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\n').filter(Boolean)) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file), { recursive: true });
  }
  execFileSync('cp', ['-al', join(root, 'node_modules'), join(copy, 'node_modules')]);
}

/** Seconds that each test file takes with all mistakes asleep, all of which must pass. */
async function tracedRun() {
  const report = join(out, 'report.json');
  await vitest([`--outputFile=${report}`], { MUTANT_TRACE: trace });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = testResults.filter(({ status }) => status !== 'passed');
  if (failed.length > 0) throw new Error(`fails without a mistake: ${failed.map(({ name }) => name)}`);
  return new Map(
    testResults.map(({ name, startTime, endTime }) => [basename(name), (endTime - startTime) / 1000]),
  );
}

function readTrace() {
  const found = new Map();
  for (const line of readFileSync(trace, 'utf8').split('\n').filter(Boolean)) {
    const [file, ids] = line.split(' ');
    for (const id of ids.split(',')) found.set(id, (found.get(id) ?? new Set()).add(file));
  }
  return found;
}

/** Runs the tests that pass the mistake, its namesakes and the quick ones first. */
async function judge(mutant) {
  const stem = basename(mutant.file, '.ts').split('-')[0];
  const cost = (file) => (file.includes(stem) ? 0 : 1000) + (seconds.get(file) ?? 0);
  const files = [...(passedBy.get(String(mutant.id)) ?? [])].sort((a, b) => cost(a) - cost(b));
  let spent = 0;
  const within = files.filter((file, i) => {
    spent += seconds.get(file) ?? 0;
    return i === 0 || spent < BUDGET_S;
  });
  mutant.testFiles = within.length;
  mutant.leftOut = files.length - within.length;
  if (files.length === 0) mutant.verdict = 'not passed';
  else {
    const paths = within.map((file) => `test/${file}`);
    const code = await vitest([...paths, '--bail=1'], { MUTANT: String(mutant.id) }, 60 + LIMIT_FACTOR * spent);
    mutant.verdict = code === 0 ? 'not noticed' : 'noticed';
  }
}

function vitest(args, env, limitS) {
  const argv = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, ...args];
  const options = `--import=${join(copy, 'test/mutation/awake.mjs')}`;
  const child = spawn(process.execPath, argv, {
    cwd: copy,
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, NODE_OPTIONS: options, ...env },
  });
  const timer = limitS && setTimeout(() => process.kill(-child.pid, 'SIGKILL'), limitS * 1000);
  return new Promise((done) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      done(code);
    });
  });
}

function nameOf({ file, line, text, mutated }) {
  return `${file}:${line} ${text.slice(0, 60)} -> ${mutated.slice(0, 60)}`.replaceAll('\n', ' ');
}
