import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { create } from 'webgpu';
import { assemble, type Kernel, type KernelSpec, type ParamType } from '../src/device/kernel.ts';
import { withParts } from '../text-files.ts';
import { interfaceDifferences } from './support/kernel-interface.ts';

/** Every kernel that a wrapper has defined. */
const defined = vi.hoisted((): Kernel[] => []);
vi.mock('../src/device/kernel.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../src/device/kernel.ts')>();
  const recording = (spec: Kernel) => {
    const kernel = original.defineKernel(spec);
    defined.push(kernel);
    return kernel;
  };
  return { ...original, defineKernel: recording };
});

const root = resolve(import.meta.dirname, '..');
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const sourceOf = (file: string) => withParts(textOf(file), join(root, file));

const shaders = [...filesIn('shaders', '.wgsl'), ...filesIn('bench/roofline', '.wgsl')].sort();
const parts = shaders.filter((file) => file.startsWith('shaders/parts/'));
const kernelFiles = shaders.filter((file) => !parts.includes(file));

const wrappers = [...filesIn('src', '.ts'), ...filesIn('bench', '.ts')]
  .map((file) => ({ file, text: textOf(file), calls: textOf(file).split(/ defineKernel\(/).length - 1 }))
  .filter(({ calls }) => calls > 0);
for (const { file } of wrappers) await import(join(root, file));
const kernels = defined.map((kernel) => ({
  kernel,
  shader: /^\/\/ (.*)\n/.exec(kernel.source)?.[1] ?? 'no file',
  wrapper: wrappers.find(({ text }) => text.includes(`name: '${kernel.name}'`))?.file ?? 'no file',
}));

interface Choices {
  readonly chosen: readonly string[];
  readonly code: string;
}

/** Every combination of the parts that a shader leaves to the dispatch, with its constants as the file has them. */
function combinations({ name, source }: Pick<Kernel, 'name' | 'source'>): Choices[] {
  const choices = [...source.matchAll(/^#choice (.*)$/gm)].map(([line]) =>
    [...line.matchAll(/"(.+?)"/g)].map(([, file = '']) => file),
  );
  const constants = Object.fromEntries(
    [...source.matchAll(/^#constant (\w+) = (\w+)/gm)].map(([, constant, value]) => [
      constant,
      JSON.parse(value ?? ''),
    ]),
  );
  const kernel = { name, source, params: {}, bind: {}, entryPoint: 'main' };
  return choices
    .reduce<string[][]>((all, next) => all.flatMap((some) => next.map((file) => [...some, file])), [[]])
    .map((chosen) => ({ chosen, code: assemble(kernel, { constants, parts: chosen.map(sourceOf) }) }));
}

/**
 * Dawn without a driver: runs nothing, but checks every shader, and has all features. Kept as long as this module, since
 * Dawn crashes when an instance is collected before what was made from it.
 */
const instance = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
/** What the shaders enable. */
const FEATURES = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];

describe('every WGSL file compiles as it stands', () => {
  let device: GPUDevice;
  beforeAll(async () => {
    const adapter = await instance.requestAdapter();
    if (!adapter) throw new Error('Dawn has no null adapter');
    device = await adapter.requestDevice({ requiredFeatures: FEATURES as GPUFeatureName[] });
  });
  afterAll(() => device.destroy());

  const cases = kernelFiles.flatMap((file) =>
    combinations({ name: file, source: sourceOf(file) }).map(({ chosen, code }) => {
      const names = chosen.map((part) => part.replace(/.*\/|\.wgsl/g, ''));
      return [[file, ...names].join(' + '), code] as const;
    }),
  );
  test.each(cases)('%s', async (_, code) => {
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    expect(messages.filter(({ type }) => type === 'error').map(({ message }) => message)).toEqual([]);
  });

  test('and every part is one of a kernel', () => {
    const used = kernelFiles.flatMap((file) => combinations({ name: file, source: sourceOf(file) }));
    expect(parts.filter((part) => !used.some(({ code }) => code.includes(`// ${part}\n`)))).toEqual([]);
  });
});

describe('what a shader includes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shaders-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const [first = ''] = Object.keys(files);
    const watched: string[] = [];
    const text = withParts(files[first] ?? '', join(folder, first), (part) => watched.push(part));
    return { text, watched };
  };

  test('is there once, where it is first asked for, and watched', () => {
    const { text, watched } = written({
      'main.wgsl': '#include "left.wgsl"\n#include "right.wgsl"\nmain',
      'left.wgsl': '#include "both.wgsl"\nleft',
      'right.wgsl': '#include "both.wgsl"\nright',
      'both.wgsl': 'both',
    });
    expect(text.replace(/^(\/\/.*)?\n/gm, '')).toBe('both\nleft\nright\nmain');
    expect(watched).toEqual(['left', 'both', 'right'].map((name) => join(folder, `${name}.wgsl`)));
  });

  test.each([
    ['#include "gone.wgsl"', /main\.wgsl names .*gone\.wgsl, which does not exist/],
    ['#choice "main.wgsl" "gone.wgsl"', /main\.wgsl names .*gone\.wgsl, which does not exist/],
    ['#include "main.wgsl"', /main\.wgsl includes .*main\.wgsl, which includes it/],
    ['#include "back.wgsl"', /back\.wgsl includes .*main\.wgsl, which includes it/],
  ])('%s is an error that names both files', (main, message) => {
    const files = { 'main.wgsl': main, 'back.wgsl': '#include "main.wgsl"' };
    expect(() => written(files)).toThrow(message);
  });
});

describe('what a shader leaves to the dispatch', () => {
  const source = '#constant ROWS = 8 // of a lane\n#choice "one.wgsl" "other.wgsl"';
  const kernel = { name: 'open', source, params: {}, bind: {}, entryPoint: 'main' };
  const [one, other, neither] = [
    '// one.wgsl\nenable f16;\nfn one() {}',
    '// other.wgsl\n',
    '// neither.wgsl\n',
  ];

  test('is put in its place, directives in front', () => {
    const code = assemble(kernel, { constants: { ROWS: 16 }, parts: [one] });
    expect(code).toBe('enable f16;\nconst ROWS = 16; // of a lane\n// one.wgsl\nfn one() {}');
  });

  test.each([
    [{ parts: [one] }, 'open: constant ROWS is missing'],
    [{ constants: { ROWS: 8 } }, 'open: needs one of "one.wgsl" "other.wgsl"'],
    [{ constants: { ROWS: 8 }, parts: [one, other] }, 'open: needs one of "one.wgsl" "other.wgsl"'],
    [{ constants: { ROWS: 8 }, parts: [one, neither] }, 'open: has no choice of neither.wgsl'],
  ])('and nothing else: %o', (variant, message) => {
    expect(() => assemble(kernel, variant)).toThrow(message);
  });
});

describe('a wrapper has the interface of its shader', () => {
  test('every kernel is looked at, and has a file and a wrapper', () => {
    expect(defined.length).toBe(wrappers.reduce((sum, { calls }) => sum + calls, 0));
    expect([...new Set(kernels.map(({ shader }) => shader))].sort()).toEqual(kernelFiles);
    expect(kernels.filter(({ wrapper }) => wrapper === 'no file')).toEqual([]);
  });

  test.each(kernels)('$kernel.name $kernel.entryPoint', ({ kernel, ...files }) => {
    for (const { code } of combinations(kernel)) {
      expect(interfaceDifferences(kernel, code, files)).toEqual([]);
      expect(code).toMatch(new RegExp(`^@compute .*\nfn ${kernel.entryPoint}\\(`, 'm'));
    }
  });

  test.each(kernels)(
    '$kernel.name $kernel.entryPoint: and no other interface passes',
    ({ kernel, ...files }) => {
      const [{ code } = { code: '' }] = combinations(kernel);
      const mutants = mutantsOf(kernel);
      const passed = mutants.filter((mutant) => {
        const found = interfaceDifferences({ ...kernel, ...mutant }, code, files);
        return !found.some((line) => line.includes(files.shader) && line.includes(files.wrapper));
      });
      expect(passed.map(({ mistake }) => mistake)).toEqual([]);
    },
  );
});

interface Mutant extends Partial<KernelSpec<Record<string, ParamType>, Kernel['bind']>> {
  readonly mistake: string;
}

/** The wrapper with one mistake: two parameters or bindings swapped, one renamed, left out, or of another type or access. */
function mutantsOf({ params, bind }: Kernel): Mutant[] {
  const otherType = { u32: 'i32', i32: 'f32', f32: 'u32' } as const;
  const otherAccess = { read: 'write', write: 'read' } as const;
  return [
    ...mistakes(params, (type) => otherType[type]).map(([mistake, some]) => ({ mistake, params: some })),
    ...mistakes(bind, (access) => otherAccess[access]).map(([mistake, some]) => ({ mistake, bind: some })),
  ];
}

function mistakes<T>(
  record: Readonly<Record<string, T>>,
  other: (value: T) => T,
): [string, Record<string, T>][] {
  const entries = Object.entries(record);
  return entries.flatMap(([name, value], i): [string, Record<string, T>][] => {
    const put = (...instead: [string, T][]) =>
      Object.fromEntries(entries.toSpliced(i, instead.length || 1, ...instead));
    const [next] = entries.slice(i + 1);
    return [
      [`${name} renamed`, put([`${name}_`, value])],
      [`${name} changed`, put([name, other(value)])],
      [`${name} left out`, put()],
      ...(next
        ? ([[`${name} and ${next[0]} swapped`, put(next, [name, value])]] as [string, Record<string, T>][])
        : []),
    ];
  });
}
