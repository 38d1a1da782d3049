// What may be wrong with a checkpoint, by subject.

export * from './errors/configuration.ts';
export * from './errors/files.ts';
export * from './errors/safetensors.ts';
export * from './errors/tensors.ts';
export * from './errors/torch.ts';
