import type { Tensor } from './tensor.ts';

export type ParamType = 'u32' | 'i32' | 'f32';
export type Access = 'read' | 'write';

export interface KernelSpec<P extends Record<string, ParamType>, B extends Record<string, Access>> {
  /** The WGSL file's name without extension; also the label in captures and profiles. */
  readonly name: string;
  readonly source: string;
  /** The uniform struct at binding 0, in declaration order. */
  readonly params: P;
  /** The storage bindings from 1 on, in declaration order. `write` is `read_write` in WGSL. */
  readonly bind: B;
  /** The entry point, where the file has more than one. */
  readonly entryPoint?: string;
}

/** A WGSL file with the types of its bindings. Made once, at module level, by `defineKernel`. */
export interface Kernel<
  P extends Record<string, ParamType> = Record<string, ParamType>,
  B extends Record<string, Access> = Record<string, Access>,
> extends KernelSpec<P, B> {
  readonly entryPoint: string;
}

/** What a WGSL file leaves open. */
export interface Variant {
  /** The values of its lines `#constant NAME = example`. */
  readonly constants?: Readonly<Record<string, number | boolean>>;
  /** The sources of the parts for its lines `#choice "one.wgsl" "other.wgsl"`, one of each. */
  readonly parts?: readonly string[];
}

/** One dispatch. A misspelt binding or a missing parameter is a compile error. */
export interface Dispatch<P extends Record<string, ParamType>, B extends Record<string, Access>>
  extends Variant {
  readonly bind: { readonly [K in keyof B]: Tensor };
  readonly params: { readonly [K in keyof P]: number };
  /** Workgroups; a plain number beyond 65,535 is spread over two axes. */
  readonly groups: number | readonly [x: number, y: number, z?: number];
  /** Tells this dispatch from the kernel's others in profiles, such as a GEMM's shape. */
  readonly detail?: string;
}

export function defineKernel<
  const P extends Record<string, ParamType>,
  const B extends Record<string, Access>,
>(spec: KernelSpec<P, B>): Kernel<P, B> {
  return { entryPoint: 'main', ...spec };
}

/**
 * The whole module, its choices made, with the directives first, where WGSL wants them.
 * @throws {TypeError} for a constant or a choice that is left open, and for a part that is none of the alternatives
 */
export function assemble(kernel: Kernel, { constants = {}, parts = [] }: Variant): string {
  const lines = withConstants(kernel, withChoices(kernel, parts), constants).split('\n');
  const isDirective = (line: string) => /^\s*(enable|requires|diagnostic)\b/.test(line);
  const directives = new Set(lines.filter(isDirective).map((line) => line.trim()));
  return [...directives, ...lines.filter((line) => !isDirective(line))].join('\n');
}

function withChoices({ name, source }: Kernel, parts: readonly string[]): string {
  const left = new Map(parts.map((part) => [partName(part), part]));
  const chosen = source.replace(/^#choice (.*)$/gm, (_, alternatives: string) => {
    const [part, ...others] = [...left.keys()].filter((key) => alternatives.includes(`"${key}"`));
    if (!part || others.length > 0) throw new TypeError(`${name}: needs one of ${alternatives}`);
    const text = left.get(part) ?? '';
    left.delete(part);
    return text;
  });
  if (left.size > 0) throw new TypeError(`${name}: has no choice of ${[...left.keys()].join(', ')}`);
  return chosen;
}

/** A part's first line is its path. */
const partName = (part: string) => part.slice('// '.length, part.indexOf('\n'));

function withConstants({ name }: Kernel, source: string, constants: Variant['constants'] = {}): string {
  return source.replace(/^#constant (\w+) = \S+/gm, (_, constant: string) => {
    const value = constants[constant];
    if (value === undefined) throw new TypeError(`${name}: constant ${constant} is missing`);
    return `const ${constant} = ${value};`;
  });
}

const MAX_GROUPS = 65_535;

/** Spreads n workgroups over x and y, since one axis stops at 65,535; the kernel skips the surplus. */
export function spreadGroups(groups: number | readonly [number, number, number?]): [number, number, number] {
  if (typeof groups !== 'number') return [groups[0], groups[1], groups[2] ?? 1];
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** The uniform struct's bytes. Scalars only, so WGSL's layout is 4 bytes each in order. */
export function packParams(kernel: Kernel, params: Readonly<Record<string, number>>): ArrayBuffer {
  const names = Object.entries(kernel.params);
  const view = new DataView(new ArrayBuffer(Math.max(names.length, 1) * 4));
  names.forEach(([name, type], index) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${kernel.name}: parameter ${name} is missing`);
    if (type === 'f32') view.setFloat32(index * 4, value, true);
    else if (type === 'i32') view.setInt32(index * 4, value, true);
    else view.setUint32(index * 4, value, true);
  });
  return view.buffer;
}
