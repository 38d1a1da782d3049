import { BiomedClipError } from '../errors.ts';

/** No WebGPU adapter, or none of the name that was asked for. */
export class NoAdapterError extends BiomedClipError {
  static override readonly name: string = 'NoAdapterError';

  constructor(
    readonly wanted: string | undefined,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      wanted ? `no WebGPU adapter matches "${wanted}": ${reason}` : `no WebGPU adapter: ${reason}`,
      options,
    );
  }
}

/** No adapter has the index that was asked for. */
export class AdapterIndexError extends BiomedClipError {
  static override readonly name: string = 'AdapterIndexError';

  constructor(
    readonly index: number,
    /** By index. */
    readonly adapters: readonly string[],
  ) {
    const listed = adapters.map((name, i) => `${i}: ${name}`).join('; ');
    super(`there is no adapter ${index}; there ${listed === '' ? 'is none' : `are ${listed}`}`);
  }
}

/** Dawn chooses an adapter by its name, and another one has that name, or one that contains it, before it. */
export class SameNameAdapterError extends BiomedClipError {
  static override readonly name: string = 'SameNameAdapterError';

  constructor(
    readonly index: number,
    readonly adapter: string,
    readonly first: number,
  ) {
    super(
      `adapter ${index} (${adapter}) cannot be told from adapter ${first}: Dawn chooses by name; let this process see one ` +
        'GPU only, by the scheduler or container, or by DRI_PRIME=pci-0000_65_00_0 with ' +
        'MESA_VK_DEVICE_SELECT_FORCE_DEFAULT_DEVICE=1 where Mesa’s device-select layer is installed',
    );
  }
}

/** The adapter lacks a limit or feature that the work needs. */
export class DeviceLimitError extends BiomedClipError {
  static override readonly name: string = 'DeviceLimitError';

  constructor(
    readonly what: string,
    readonly needed: number,
    readonly limit: number,
    advice: string,
  ) {
    super(
      `${what} needs ${needed.toLocaleString('en')}, the device allows ${limit.toLocaleString('en')}; ${advice}`,
    );
  }
}

/** The GPU is gone (driver reset, adapter removed, or the tab was put to sleep). A model is loaded again by its next call. */
export class DeviceLostError extends BiomedClipError {
  static override readonly name: string = 'DeviceLostError';

  constructor(
    readonly reason: string,
    detail: string,
  ) {
    super(`the WebGPU device was lost (${reason}): ${detail || 'no reason given'}; load the model again`);
  }
}

/** WebGPU refused a command. This is a fault of this library or of the driver, not of the input. */
export class GpuValidationError extends BiomedClipError {
  static override readonly name: string = 'GpuValidationError';

  constructor(
    readonly step: string,
    detail: string,
  ) {
    super(`${step}: WebGPU validation failed: ${detail}`);
  }
}

/** A dispatch that would read and write the same memory, which WebGPU forbids. A fault of the recording. */
export class AliasedTensorError extends BiomedClipError {
  static override readonly name: string = 'AliasedTensorError';

  constructor(
    readonly kernel: string,
    readonly written: string,
    readonly other: string,
  ) {
    super(`${kernel}: ${written} is written and must have memory of its own, ${other} has the same`);
  }
}

/** The GPU has not enough memory for a buffer. */
export class GpuOutOfMemoryError extends BiomedClipError {
  static override readonly name: string = 'GpuOutOfMemoryError';

  constructor(
    readonly step: string,
    detail: string,
    advice: string,
  ) {
    super(`${step}: out of GPU memory: ${detail.trim()}; ${advice}`);
  }
}

/** The driver failed while compiling or running. */
export class GpuInternalError extends BiomedClipError {
  static override readonly name: string = 'GpuInternalError';

  constructor(
    readonly step: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${step}: the GPU driver failed: ${detail}`, options);
  }
}

/** A shader that the WGSL compiler refused; the message shows the lines. */
export class ShaderError extends BiomedClipError {
  static override readonly name: string = 'ShaderError';

  constructor(
    readonly kernel: string,
    detail: string,
  ) {
    super(`${kernel}.wgsl does not compile:\n${detail}`);
  }
}
