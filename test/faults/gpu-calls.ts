import { globals } from 'webgpu';
import { type CallKind, calls } from './calls.ts';
import { gpuState, keepAccounts, prototypeOf, reportError } from './gpu-state.ts';

type Method = (this: object, ...args: unknown[]) => unknown;

/** A call that meets a fault. */
interface Refused {
  readonly fault: string;
  readonly device: GPUDevice;
  readonly label: string;
  readonly args: readonly unknown[];
  /** The call itself, with other arguments. */
  readonly make: (...args: unknown[]) => unknown;
}

interface Counted {
  readonly of: 'GPUDevice' | 'GPUQueue' | 'GPUBuffer';
  readonly name: string;
  readonly kind: CallKind;
  /** Besides the loss of the device, which any call may meet. */
  readonly faults: readonly string[];
  readonly refuse: (refused: Refused) => unknown;
}

const REFUSED = 'refused by the harness';

/** The descriptor with what WebGPU's validation refuses, so that the error is the implementation's own. */
const withWrong =
  (wrong: object) =>
  ({ args: [descriptor], make }: Refused): unknown =>
    make({ ...(descriptor as object), ...wrong });

/** Nothing is done, and the error goes to the scopes. */
const dropped = ({ fault, device, label }: Refused): void =>
  reportError(device, fault, `${label}: ${REFUSED}`);

const rejected = async ({ label }: Refused): Promise<never> => {
  throw new DOMException(`${label}: ${REFUSED}`, 'OperationError');
};

const TWICE = { binding: 0, visibility: 4, buffer: { type: 'uniform' } };
const COUNTED: readonly Counted[] = [
  ...[
    { name: 'createShaderModule', wrong: { code: REFUSED } },
    { name: 'createBindGroupLayout', wrong: { entries: [TWICE, TWICE] } },
    { name: 'createBindGroup', wrong: { entries: [] } },
  ].map(({ name, wrong }) => ({
    ...{ of: 'GPUDevice' as const, name, kind: 'GPU create' as const },
    ...{ faults: ['validation'], refuse: withWrong(wrong) },
  })),
  {
    ...{ of: 'GPUDevice', name: 'createBuffer', kind: 'GPU create' },
    ...{ faults: ['memory', 'validation', 'range'], refuse: invalidBuffer },
  },
  {
    ...{ of: 'GPUDevice', name: 'createComputePipelineAsync', kind: 'GPU create' },
    ...{ faults: ['internal', 'validation'], refuse: refusedPipeline },
  },
  {
    ...{ of: 'GPUQueue', name: 'submit', kind: 'GPU submit' },
    ...{ faults: ['validation', 'memory', 'internal'], refuse: dropped },
  },
  {
    ...{ of: 'GPUQueue', name: 'writeBuffer', kind: 'GPU submit' },
    ...{ faults: ['validation'], refuse: dropped },
  },
  {
    ...{ of: 'GPUQueue', name: 'onSubmittedWorkDone', kind: 'GPU map' },
    ...{ faults: ['refused'], refuse: rejected },
  },
  {
    ...{ of: 'GPUBuffer', name: 'mapAsync', kind: 'GPU map' },
    ...{ faults: ['refused'], refuse: rejected },
  },
];

/** Patches Dawn's objects, once. */
export function countGpuCalls(): void {
  const lose = prototypeOf('GPUDevice').destroy as unknown as Method;
  const scopes = keepAccounts();
  for (const { of, name, kind, faults, refuse } of COUNTED) {
    const prototype = prototypeOf(of) as unknown as Record<string, Method>;
    const original = prototype[name] as Method;
    prototype[name] = function (...args) {
      const device = gpuState.deviceOf.get(this);
      const label = labelOf(args[0]) ?? labelOf(this) ?? name;
      const fault = device && calls.meet({ kind, name, target: label, faults: [...faults, 'lost'] });
      if (fault === 'lost' && device) lose.call(device);
      if (!device || fault === undefined || fault === 'lost') return original.apply(this, args);
      const make = (...others: unknown[]) => scopes.silently(device, () => original.apply(this, others));
      const loudly = (...others: unknown[]) => original.apply(this, others);
      return refuse({ fault, device, label, args, make: name === 'createBuffer' ? make : loudly });
    };
  }
}

function labelOf(value: unknown): string | undefined {
  const { label } = (value ?? {}) as { label?: string };
  return label || undefined;
}

/** As an implementation gives it that has no memory left: a buffer that nothing can be done with. */
function invalidBuffer({ fault, device, label, args: [descriptor], make }: Refused): unknown {
  const { size, mappedAtCreation } = descriptor as GPUBufferDescriptor;
  if (fault === 'range' && mappedAtCreation) {
    throw new RangeError(`createBuffer failed, size (${size}) is too large for the implementation`); // Chromium's words
  }
  reportError(device, fault === 'range' ? 'memory' : fault, `${label}: ${REFUSED}`);
  return make({ ...(descriptor as object), usage: 0 });
}

async function refusedPipeline({ fault, label }: Refused): Promise<never> {
  const { GPUPipelineError } = globals as unknown as {
    GPUPipelineError: new (message: string, options: { reason: string }) => Error;
  };
  throw new GPUPipelineError(`${label}: ${REFUSED}`, { reason: fault });
}
