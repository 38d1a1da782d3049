import { globals } from 'webgpu';
import { calls } from './calls.ts';

/** What is alive of each device, and the errors that nobody asked for. */
export const gpuState = {
  /** Created and not destroyed. */
  buffers: new Set<GPUBuffer>(),
  /** Made and not destroyed. */
  devices: new Set<GPUDevice>(),
  /** Errors outside every error scope: results may be wrong without a word. */
  unheard: [] as string[],
  /** Of devices, queues and buffers. */
  deviceOf: new WeakMap<object, GPUDevice>(),
};

interface Scope {
  readonly filter: string;
  error?: GPUError;
}

const scopes = new WeakMap<GPUDevice, Scope[]>();

/** The methods that all objects of an interface of Dawn's share. */
export function prototypeOf<T extends keyof typeof INTERFACES>(name: T): (typeof INTERFACES)[T] {
  const interfaces = globals as unknown as Record<string, { readonly prototype: (typeof INTERFACES)[T] }>;
  const found = interfaces[name]?.prototype;
  if (!found) throw new Error(`Dawn has no ${name}`);
  return found;
}

/** For their types. */
declare const INTERFACES: {
  GPUAdapter: GPUAdapter;
  GPUDevice: GPUDevice;
  GPUQueue: GPUQueue;
  GPUBuffer: GPUBuffer;
};

/** An error of the device goes to the innermost scope of its kind. */
export function reportError(device: GPUDevice, fault: string, message: string): void {
  const filter = fault === 'memory' ? 'out-of-memory' : fault;
  const classes = globals as unknown as Record<string, new (message: string) => GPUError>;
  const kinds: Readonly<Record<string, string>> = {
    'out-of-memory': 'GPUOutOfMemoryError',
    internal: 'GPUInternalError',
  };
  const Made = classes[kinds[filter] ?? 'GPUValidationError'];
  const scope = scopes.get(device)?.findLast((one) => one.filter === filter);
  if (!scope || !Made) gpuState.unheard.push(message);
  else scope.error ??= new Made(message);
}

/** Patches what makes and frees devices and buffers, and the error scopes. */
export function keepAccounts() {
  keepDevices();
  keepBuffers();
  return keepScopes();
}

function keepDevices(): void {
  const adapter = prototypeOf('GPUAdapter');
  const request = adapter.requestDevice;
  adapter.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const call = {
      kind: 'GPU create',
      name: 'requestDevice',
      target: 'device',
      faults: ['refused'],
    } as const;
    if (calls.meet(call)) throw new DOMException('requestDevice: refused by the harness', 'OperationError');
    const device = await request.call(this, descriptor);
    gpuState.devices.add(device);
    gpuState.deviceOf.set(device, device).set(device.queue, device);
    device.addEventListener('uncapturederror', ({ error }) => gpuState.unheard.push(error.message));
    return device;
  };
  const prototype = prototypeOf('GPUDevice');
  const { destroy } = prototype;
  prototype.destroy = function (this: GPUDevice) {
    gpuState.devices.delete(this);
    return destroy.call(this);
  };
}

function keepBuffers(): void {
  const device = prototypeOf('GPUDevice');
  const create = device.createBuffer;
  device.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = create.call(this, descriptor);
    gpuState.buffers.add(buffer);
    gpuState.deviceOf.set(buffer, this);
    return buffer;
  };
  const prototype = prototypeOf('GPUBuffer');
  const { destroy } = prototype;
  prototype.destroy = function (this: GPUBuffer) {
    gpuState.buffers.delete(this);
    return destroy.call(this);
  };
}

function keepScopes() {
  const device = prototypeOf('GPUDevice');
  const { pushErrorScope: push, popErrorScope: pop } = device;
  device.pushErrorScope = function (this: GPUDevice, filter) {
    scopes.set(this, [...(scopes.get(this) ?? []), { filter }]);
    return push.call(this, filter);
  };
  device.popErrorScope = function (this: GPUDevice) {
    const scope = scopes.get(this)?.pop();
    return pop.call(this).then((error) => scope?.error ?? error);
  };
  return {
    /** Makes something invalid whose error is told in another way. */
    silently<T>(of: GPUDevice, make: () => T): T {
      push.call(of, 'validation');
      const made = make();
      pop.call(of).catch(() => null);
      return made;
    },
  };
}
