/** The limits that decide what fits and which kernels can run. */
export const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** An adapter that was tried: its properties, or why it cannot be used. */
export interface AdapterReport {
  /** The value for `--adapter`; `default` is the adapter used without it. */
  readonly name: string;
  readonly error?: string;
  /** Whether this is the adapter that is used without `--adapter`. */
  readonly usedByDefault: boolean;
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
  readonly software?: boolean;
  /** The optional features that it has. */
  readonly features?: readonly string[];
  /** Smallest and largest. */
  readonly subgroupSizes?: readonly [number, number];
  readonly limits?: Readonly<Record<string, number>>;
}

export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  /** Manifests of the Vulkan drivers that are installed. */
  readonly vulkanDrivers: readonly string[];
  readonly adapters: readonly AdapterReport[];
  /** The names of all adapters, by their index. */
  readonly indices: readonly string[];
  /** What to install, line by line; empty where a GPU is used. */
  readonly advice: readonly string[];
}

/** The report for people. */
export function doctorText({
  node,
  platform,
  vulkanDrivers,
  adapters,
  indices,
  advice,
}: DoctorReport): string {
  const drivers = vulkanDrivers.length > 0 ? vulkanDrivers : ['none found'];
  return [
    `node ${node} on ${platform}`,
    'Vulkan drivers:',
    ...drivers.map((driver) => `  ${driver}`),
    ...adapters.flatMap((adapter, i) => adapterLines(adapter, adapters.slice(0, i))),
    ...indices.map((name, i) => `--adapter-index ${i}: ${name}`),
    ...advice,
  ].join('\n');
}

function adapterLines(adapter: AdapterReport, before: readonly AdapterReport[]): string[] {
  const { name, error, description, vendor, architecture, software, features, subgroupSizes, limits } =
    adapter;
  const title = name === 'default' ? 'used by default' : `--adapter ${name}`;
  if (error !== undefined) return [`${title}: not usable: ${error}`];
  const summary = `${title}: ${description} (${vendor} ${architecture}${software ? ', runs on the CPU' : ''})`;
  if (before.some((other) => isSameAdapter(other, adapter))) return [`${summary}, as above`];
  return [
    summary,
    `  features: ${features?.join(', ') || 'none of the optional ones'}; subgroups of ${subgroupSizes?.join(' to ')}`,
    ...Object.entries(limits ?? {}).map(([limit, value]) => `  ${limit}: ${value.toLocaleString('en')}`),
  ];
}

/** WebGPU gives adapters no identity, so their properties are compared. */
export function isSameAdapter(
  a: Omit<AdapterReport, 'usedByDefault'>,
  b: Omit<AdapterReport, 'usedByDefault'>,
): boolean {
  return a.error === undefined && a.vendor === b.vendor && a.description === b.description;
}
