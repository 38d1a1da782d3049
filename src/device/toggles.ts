import { InvalidOptionError } from '../errors.ts';

/** Dawn toggles of npm `webgpu` 0.6.2 that matter here. Listed, because Dawn ignores unknown names silently. */
const KNOWN_TOGGLES = [
  'allow_unsafe_apis',
  'use_vulkan_memory_model',
  'vulkan_enable_f16_on_nvidia',
  'disable_robustness',
  'skip_validation',
  'disable_workgroup_init',
  'timestamp_quantization',
  'lazy_clear_resource_on_first_use',
] as const;

/** The name of a Dawn toggle; `-name` switches it off. */
export type Toggle = (typeof KNOWN_TOGGLES)[number] | `-${(typeof KNOWN_TOGGLES)[number]}`;

/** The flags that switch toggles in Dawn. @throws {InvalidOptionError} for a name that Dawn would ignore */
export function toggleFlags(toggles: readonly string[]): string[] {
  const known: readonly string[] = KNOWN_TOGGLES;
  for (const toggle of toggles) {
    if (!known.includes(toggle.replace(/^-/, ''))) {
      throw new InvalidOptionError('toggles', `names among ${KNOWN_TOGGLES.join(', ')}`, toggle);
    }
  }
  const on = toggles.filter((toggle) => !toggle.startsWith('-'));
  const off = toggles.filter((toggle) => toggle.startsWith('-')).map((toggle) => toggle.slice(1));
  return [
    ...(on.length > 0 ? [`enable-dawn-features=${on.join(',')}`] : []),
    ...(off.length > 0 ? [`disable-dawn-features=${off.join(',')}`] : []),
  ];
}
