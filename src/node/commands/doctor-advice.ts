import { SWIFTSHADER_PACKAGE } from '../swiftshader.ts';
import type { AdapterReport } from './doctor-report.ts';

/**
 * What to install for a better adapter than `used`, the default one; empty if that is a GPU.
 * @param mirror this machine's Debian mirror, if known
 */
export function adviceFor(
  used: AdapterReport | undefined,
  platform: NodeJS.Platform,
  mirror?: string,
): string[] {
  if (used && used.error === undefined && !used.software) return [];
  const state =
    used?.error === undefined ? 'No GPU was found, so the CPU does the work.' : 'No adapter works here.';
  if (platform !== 'linux') return [state, 'If there is a GPU, install its vendor’s current driver.'];
  const lines = [
    state,
    'If there is a GPU, install its Vulkan driver: for Intel and AMD apt-get install mesa-vulkan-drivers, for NVIDIA ' +
      'the vendor’s driver with its Vulkan part (in a container, start it with NVIDIA_DRIVER_CAPABILITIES=all).',
  ];
  if (isLavapipe(used)) return lines;
  const nothing = used === undefined || used.error !== undefined;
  return [
    ...lines,
    ...(nothing ? SWIFTSHADER_ADVICE : []),
    ...lavapipeAdvice(mirror ?? 'YOUR-DEBIAN-MIRROR'),
  ];
}

const SWIFTSHADER_ADVICE = [
  'SwiftShader needs neither a GPU nor a driver nor root, on Linux x64; it comes with an optional package:',
  `  npm install ${SWIFTSHADER_PACKAGE}`,
];

/** Mesa 22.3 was tried: Dawn says "Vulkan shaderUniform*ArrayDynamicIndexing required." and skips it. */
const lavapipeAdvice = (mirror: string) => [
  'Without one, Mesa’s lavapipe, version 23 or newer, is 3 to 5 times as fast as SwiftShader. On Debian 12 it is in ' +
    'bookworm-backports, since Debian 12’s own Mesa 22.3 lacks a Vulkan feature that WebGPU needs ' +
    '(dynamic indexing of uniform arrays):',
  `  echo "deb ${mirror} bookworm-backports main" > /etc/apt/sources.list.d/backports.list`,
  '  apt-get update',
  '  apt-get install -t bookworm-backports mesa-vulkan-drivers',
];

function isLavapipe(adapter: AdapterReport | undefined): boolean {
  return /llvmpipe|lavapipe/i.test(adapter?.description ?? '');
}
