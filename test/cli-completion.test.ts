// The judges are the shells themselves, each asked what it would complete, where it is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from './support/cli-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
  const program = join(folder, 'biomedclip-webgpu');
  const entry = `"${process.execPath}" --import "${ROOT}from-source.mjs" "${ROOT}bin/biomedclip-webgpu.ts"`;
  await writeFile(program, `#!/bin/sh\nexec ${entry} "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(join(folder, 'scan one.png'), '');
  env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder };
});
afterAll(() => rm(folder, { recursive: true }));

const CASES: readonly (readonly [string[], string[]])[] = [
  [['clo'], ['close-gap']],
  [
    ['close-gap', ''],
    ['apply', 'fit', 'help', 'sweep'],
  ],
  [
    ['tsne', 'x.npy', '--met'],
    ['--method', '--metric'],
  ],
  [
    ['embed', '-o', 'out', '--dtype', 'f'],
    ['f16', 'f32'],
  ],
  [['zero-shot', '$(touch ran)', '--labels-'], ['--labels-file']],
  [['embed', 'scan'], []], // files are the shell's
];

test.each(CASES)('%j', async (words, expected) => {
  const { code, stdout } = await cli(['completion', 'bash', '--words', '--', ...words]);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter(Boolean).sort()).toEqual(expected);
});

test.runIf(has('bash'))(
  'bash',
  async () => {
    for (const [words, expected] of CASES) {
      const all = ['biomedclip-webgpu', ...words].map((word) => `'${word}'`).join(' ');
      const script =
        `set -u; source <(biomedclip-webgpu completion bash); COMP_WORDS=(${all}); COMP_CWORD=${words.length}; ` +
        `_biomedclip_webgpu; printf "%s\\n" "\${COMPREPLY[@]:-}"; complete -p biomedclip-webgpu`;
      const lines = execFileSync('bash', ['--norc', '-c', script], { env, cwd: folder, encoding: 'utf8' })
        .trim()
        .split('\n');
      expect(lines.pop()).toMatch(/^complete -o default -F/); // so that nothing means file names
      expect(lines.filter(Boolean).sort()).toEqual(expected);
    }
    expect(spawnSync('test', ['-e', join(folder, 'ran')]).status).toBe(1); // nothing of the line was run
  },
  60_000,
);

test.runIf(has('fish'))(
  'fish, and its file names',
  () => {
    const ask = (line: string) =>
      execFileSync(
        'fish',
        ['--no-config', '-c', `biomedclip-webgpu completion fish | source; complete -C "${line}"`],
        {
          env,
          cwd: folder,
          encoding: 'utf8',
        },
      );
    expect(ask('biomedclip-webgpu close-gap f')).toMatch(/^fit\tfit a closing/);
    expect(ask('biomedclip-webgpu embed --dtype f').split(/\s+/)).toEqual(
      expect.arrayContaining(['f16', 'f32']),
    );
    expect(ask('biomedclip-webgpu embed sc')).toContain('scan one.png');
  },
  60_000,
);

test.runIf(has('zsh'))(
  'zsh',
  () => {
    const script = [
      'autoload -Uz compinit; compinit -u -D; source <(biomedclip-webgpu completion zsh)',
      `_describe() { print -rl -- "\${(P@)2}" }; _files() { print FILES }`,
      'words=(biomedclip-webgpu close-gap f); CURRENT=3; _biomedclip_webgpu',
      "words=(biomedclip-webgpu embed 'scan\\ '); CURRENT=3; _biomedclip_webgpu",
      'print $_comps[biomedclip-webgpu]',
    ].join('\n');
    const lines = execFileSync('zsh', ['-f', '-c', script], { env, cwd: folder, encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(lines).toEqual([
      'fit:fit a closing and judge it on held-out pairs',
      'FILES',
      '_biomedclip_webgpu',
    ]);
  },
  60_000,
);
