import { WgslReflect } from 'wgsl_reflect';
import type { Kernel } from '../../src/device/kernel.ts';

/** Where a kernel is written and where it is called from. */
export interface KernelFiles {
  readonly shader: string;
  readonly wrapper: string;
}

/**
 * How a wrapper's parameters and bindings differ from those of its shader: in name, type, access or place, a line each.
 * @param code the assembled shader
 */
export function interfaceDifferences(
  kernel: Kernel,
  code: string,
  { shader, wrapper }: KernelFiles,
): string[] {
  const ours = wrapperInterface(kernel);
  const theirs = shaderInterface(code);
  return (['params', 'bindings'] as const).flatMap((list) =>
    Array.from({ length: Math.max(ours[list].length, theirs[list].length) }, (_, i) => {
      const [there, here] = [theirs[list][i] ?? 'nothing', ours[list][i] ?? 'nothing'];
      return there === here ? [] : [`${shader} has ${there} where ${wrapper} has ${here}`];
    }).flat(),
  );
}

/** As `packParams` packs them and the bind group has them. */
function wrapperInterface({ params, bind }: Kernel) {
  const storages = Object.entries(bind).map(([name, access], i) => binding(0, i + 1, access, name));
  return {
    params: Object.entries(params).map(([name, type], i) => param(4 * i, name, type)),
    bindings: [binding(0, 0, 'uniform', 'params'), ...storages],
  };
}

/** wgsl_reflect 1.6 fails on the bodies of four kernels, among them those with subgroup matrices; it gets what it is asked for. */
function shaderInterface(code: string) {
  const declarations = code.match(/^struct Params \{[^}]*\}|^@group.*?;/gm) ?? [];
  const { uniforms, storage } = new WgslReflect(declarations.join('\n'));
  const storages = storage.map(({ group, binding: place, access, name }) =>
    binding(group, place, access === 'read_write' ? 'write' : access, name),
  );
  return {
    params: uniforms.flatMap(({ members }) =>
      (members ?? []).map(({ offset, name, type }) => param(offset, name, type.name)),
    ),
    bindings: [
      ...uniforms.map(({ group, binding: at, name }) => binding(group, at, 'uniform', name)),
      ...storages,
    ].sort(),
  };
}

const param = (offset: number, name: string, type: string) => `parameter ${name}: ${type} at byte ${offset}`;
const binding = (group: number, place: number, access: string, name: string) =>
  `binding ${group}.${place}: ${name}, ${access}`;
