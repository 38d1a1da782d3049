// The manifests in examples/cluster: Slurm's by Slurm itself, on a node of this machine, the others' command lines as they stand.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedPlan, readPlan } from '../src/node/shards/plan.ts';
import { cli, tinyModel } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLUSTER = join(ROOT, 'examples/cluster');
const run = promisify(execFile);

let folder: string;
let options: string[];
let plan: OpenedPlan;
let env: NodeJS.ProcessEnv;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-examples-'));
  await chmod(folder, 0o755);
  ({ options } = await tinyModel(folder));
  const captions = Array.from({ length: 24 }, (_, i) => `caption ${i} of a picture`);
  await writeFile(at('captions.txt'), captions.join('\n'));
  const planning = ['shards', 'plan', '--captions', at('captions.txt'), '--rows', '4', '-o', at('plan.json')];
  expect((await cli([...planning, ...options.slice(0, 2)])).code).toBe(0);
  plan = await readPlan(at('plan.json'));
  expect(plan.shards).toHaveLength(6);
  const program = [
    process.execPath,
    '--import',
    join(ROOT, 'from-source.mjs'),
    join(ROOT, 'bin/biomedclip-webgpu.ts'),
  ];
  await mkdir(at('bin'));
  await writeFile(
    at('bin/biomedclip-webgpu'),
    `#!/bin/sh\nexec ${program.join(' ')} "$@" ${options.join(' ')}\n`,
  );
  await chmod(at('bin/biomedclip-webgpu'), 0o755);
  env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` };
});
afterAll(() => rm(folder, { recursive: true }));

/** Indices of the shards that are done. */
async function done(results: string): Promise<number[]> {
  const names = new Set(await readdir(at(results)));
  return plan.shards.flatMap(({ id }, index) => (names.has(`${id}.json`) ? index : []));
}

describe.skipIf(process.platform === 'win32')('command lines', () => {
  test('kubernetes-job.yaml: an index takes its shards', async () => {
    const yaml = await readFile(join(CLUSTER, 'kubernetes-job.yaml'), 'utf8');
    const [, first = '', second = ''] = /args:\n\s+- >-\n\s+(.*)\n\s+(.*)\n/.exec(yaml) ?? [];
    expect(yaml).toContain('completions: 64\n');
    expect(second).toContain('"$JOB_COMPLETION_INDEX/64"');
    const line = `${first} ${second}`
      .replace('/data/plan.json', at('plan.json'))
      .replace('/data/results', at('pods'));
    await run('sh', ['-c', line], { env: { ...env, JOB_COMPLETION_INDEX: '5' } });
    await run('sh', ['-c', line], { env: { ...env, JOB_COMPLETION_INDEX: '63' } }); // beyond the shards: nothing to do
    expect(await done('pods')).toEqual([5]);
  });

  test('spark_pipe.py: the worker answers each line', async () => {
    const python = await readFile(join(CLUSTER, 'spark_pipe.py'), 'utf8');
    const [, line = ''] = /worker = f"(.*)"/.exec(python) ?? [];
    const command = line.replace('{plan}', at('plan.json')).replace('{results}', at('piped'));
    const worker = spawn('sh', ['-c', command], { env });
    let stdout = '';
    worker.stdout.on('data', (text) => (stdout += text));
    worker.stdin.end('1\n4\n');
    expect((await once(worker, 'close'))[0]).toBe(0);
    const news = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    expect(news).toMatchObject([
      { shard: 1, became: 'committed' },
      { shard: 4, became: 'committed' },
    ]);
    expect(await done('piped')).toEqual([1, 4]);
  });
});

const SLURM = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/bin/sbatch'];

describe.skipIf(!SLURM.every((path) => existsSync(path)) || userInfo().uid !== 0)('slurm-array.sh', () => {
  const daemons: ChildProcess[] = [];
  const slurm = async (program: string, ...args: string[]) =>
    (await run(program, args, { env: { ...env, SLURM_CONF: at('slurm.conf') } })).stdout.trim();

  /** Until something holds: Slurm tells no one. */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await setTimeout(200);
  }

  beforeAll(async () => {
    for (const name of ['munge', 'state', 'spool']) await mkdir(at(name), { mode: 0o755 });
    await writeFile(at('munge/key'), randomBytes(1024), { mode: 0o400 });
    const node = hostname().split('.')[0];
    const user = userInfo().username;
    const settings = [
      ...[
        'ClusterName=shards',
        `SlurmctldHost=${node}(127.0.0.1)`,
        'SlurmctldPort=46817',
        'SlurmdPort=46818',
      ],
      ...[
        'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
        'AuthType=auth/munge',
        'CryptoType=crypto/munge',
      ],
      `AuthInfo=socket=${at('munge/socket')},cred_expire=5`, // after which a requeued task may begin
      ...[
        `SlurmUser=${user}`,
        `SlurmdUser=${user}`,
        `StateSaveLocation=${at('state')}`,
        `SlurmdSpoolDir=${at('spool')}`,
      ],
      ...[`SlurmctldPidFile=${at('ctld.pid')}`, `SlurmdPidFile=${at('slurmd.pid')}`],
      ...[
        'ProctrackType=proctrack/linuxproc',
        'TaskPlugin=task/none',
        'SchedulerType=sched/builtin',
        'SchedulerParameters=sched_interval=2',
      ],
      ...[
        'SelectType=select/cons_tres',
        'SelectTypeParameters=CR_CPU',
        'ReturnToService=2',
        'MpiDefault=none',
      ],
      `NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
      'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    ];
    await writeFile(at('slurm.conf'), `${settings.join('\n')}\n`);
    const start = (program: string, ...args: string[]) => {
      daemons.push(spawn(program, args, { env: { ...env, SLURM_CONF: at('slurm.conf') }, stdio: 'ignore' }));
    };
    const files = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'];
    start(
      '/usr/sbin/munged',
      '--foreground',
      '--force',
      ...files.map((name) => `--${name}=${at(`munge/${name.replace('-file', '')}`)}`),
    );
    await until(async () => existsSync(at('munge/socket')));
    start('/usr/sbin/slurmctld', '-D', '-i', '-f', at('slurm.conf'));
    start('/usr/sbin/slurmd', '-D', '-N', node ?? '', '-f', at('slurm.conf'));
    await until(() =>
      slurm('sinfo', '-h', '-o', '%T').then(
        (state) => state === 'idle',
        () => false,
      ),
    );
  }, 60_000);
  afterAll(async () => {
    for (const daemon of daemons.reverse()) {
      const closed = once(daemon, 'exit');
      if (daemon.exitCode === null && daemon.kill('SIGTERM')) await closed;
    }
  });

  test('an array does every shard, also where a task is requeued in the middle of one', async () => {
    const script = [join(CLUSTER, 'slurm-array.sh'), at('plan.json'), at('array')];
    const job = await slurm(
      'sbatch',
      '--parsable',
      '--array=1-2',
      `--output=${at('task-%a.log')}`,
      ...script,
    );
    await until(
      async () =>
        existsSync(at('array/tries')) &&
        (await readdir(at('array/tries'))).some((name) => name.endsWith('.try.json')),
    );
    await slurm('scontrol', 'requeue', `${job}_1`);
    await until(async () => (await slurm('squeue', '-h')) === '');
    const log = await readFile(at('task-1.log'), 'utf8');
    expect(log).toContain('DUE TO JOB REQUEUE');
    expect(log, log).toMatch(/worker 0 of 2, by SLURM_ARRAY_TASK_ID: 3 of 6 shards/);
    expect(await readFile(at('task-2.log'), 'utf8')).toMatch(/worker 1 of 2/);
    expect(await done('array')).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await cli(['shards', 'verify', at('array')])).code).toBe(0);
  }, 120_000);
});
