import { AdapterWeightsError, TensorPrefixError } from './errors.ts';
import type { Checkpoint, TensorInfo } from './tensor-info.ts';

/** What wrappers put before a model's names: data-parallel training, torch.compile, Lightning and others, PEFT. */
const PREFIXES = ['module.', '_orig_mod.', 'base_model.model.', 'model.'];
/** Tensors of a low-rank adapter, and what PEFT renames where it puts one. */
const ADAPTER = /(?:^|\.)(?:lora_|base_layer\.|modules_to_save\.|ia3_|hada_)/;
/** What an image tower's names begin with where nothing stands before them. */
const BARE = /^(?:visual|vision_model)\./;

/**
 * The checkpoint with the names that the model itself gives: prefixes of wrappers that all tensors share are taken off,
 * any number of them.
 * @throws {AdapterWeightsError} for a LoRA that is not merged into the weights
 * @throws {TensorPrefixError} where only some tensors have such a prefix, and the model's own names are nowhere
 */
export function withoutPrefixes(checkpoint: Checkpoint): Checkpoint {
  const { file, tensors } = checkpoint;
  const adapter = [...tensors.keys()].find((name) => ADAPTER.test(name));
  if (adapter !== undefined) throw new AdapterWeightsError(file, adapter);
  const prefix = sharedPrefix(file, [...tensors.keys()]);
  if (prefix === '') return checkpoint;
  return {
    ...checkpoint,
    tensors: new Map(
      [...tensors.values()].map((tensor) => renamed(tensor, tensor.name.slice(prefix.length))),
    ),
    read: (tensor, offset, length) => checkpoint.read(`${prefix}${tensor}`, offset, length),
  };
}

function renamed(tensor: TensorInfo, name: string): [string, TensorInfo] {
  return [name, { ...tensor, name }];
}

function sharedPrefix(file: string, names: readonly string[]): string {
  let shared = '';
  for (;;) {
    const left = names.map((name) => name.slice(shared.length));
    const prefix = PREFIXES.find((candidate) => left.some((name) => name.startsWith(candidate)));
    if (prefix === undefined || left.some((name) => BARE.test(name))) return shared;
    const without = names.filter((_, i) => !left[i]?.startsWith(prefix));
    if (without.length > 0) throw new TensorPrefixError(file, `${shared}${prefix}`, without);
    shared += prefix;
  }
}
