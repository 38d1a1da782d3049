import { BiomedClipError } from '../src/errors.ts';
import { cut, excerpt, shapeExcerpt } from '../src/excerpt.ts';

const bytes = (count: number) => `${count.toLocaleString('en-US')} bytes`;

/** The first ten of a list, and how many more there are. */
function firstTen(lines: readonly string[]): string {
  const more = lines.length > 10 ? `\n  and ${lines.length - 10} more` : '';
  return `${lines
    .slice(0, 10)
    .map((line) => `\n  ${cut(line, 240)}`)
    .join('')}${more}`;
}

// Finding and reading files

/** A directory without a weights file of a usual name. */
export class CheckpointNotFoundError extends BiomedClipError {
  static override readonly name: string = 'CheckpointNotFoundError';

  constructor(
    readonly directory: string,
    readonly files: readonly string[],
  ) {
    super(
      `${directory}: has neither ${files.join(' nor ')}; one of them must hold the weights: name the weights file itself ` +
        'where it is called otherwise',
    );
  }
}

/** What lies under a weights file's name is something else. */
export class NotWeightsError extends BiomedClipError {
  static override readonly name: string = 'NotWeightsError';

  constructor(
    readonly file: string,
    /** What it is. */
    readonly found: string,
    advice: string,
  ) {
    super(`${file}: is ${found}, no weights; ${advice}`);
  }
}

/** A warning: a weights file could not be read, and another one beside it was taken. `cause` says why. */
export class WeightsPassedOverError extends BiomedClipError {
  static override readonly name: string = 'WeightsPassedOverError';

  constructor(
    /** The one that is read. */
    readonly file: string,
    cause: Error,
  ) {
    super(`${file} is read, since another weights file cannot be: ${cause.message}`, { cause });
  }
}

/** A warning: a torch file holds other weights beside those that are read, such as an average over training. */
export class OtherStateDictError extends BiomedClipError {
  static override readonly name: string = 'OtherStateDictError';

  constructor(
    readonly file: string,
    /** Under which key those lie that are read, as open_clip does. */
    readonly where: string,
    /** The keys of the others. */
    readonly others: readonly string[],
  ) {
    const [other = ''] = others;
    super(
      `${file}: the weights under ${where} are read, and not those under ${others.map((key) => cut(key)).join(', ')}; to load those, save ` +
        `them alone: torch.save(torch.load(file)[${excerpt(other)}], 'other.pt')`,
    );
  }
}

/** A warning: a model whose name is of weights that were trained with QuickGELU, by a configuration without it. */
export class QuickGeluNameError extends BiomedClipError {
  static override readonly name: string = 'QuickGeluNameError';

  constructor(
    /** The model's directory, file or name. */
    readonly model: string,
  ) {
    super(
      `${model}: by their name the weights were trained with QuickGELU, but the configuration has no "quick_gelu": true in ` +
        'model_cfg, so GELU is computed, as by open_clip; if they were, set it, or embeddings are wrong',
    );
  }
}

/** A low-rank adapter: the weights that it changes are not in the file, or not changed yet. */
export class AdapterWeightsError extends BiomedClipError {
  static override readonly name: string = 'AdapterWeightsError';

  constructor(
    readonly file: string,
    readonly tensor: string,
  ) {
    super(
      `${file}: has ${cut(tensor)}, which belongs to an adapter (LoRA) beside the weights; merge it: ` +
        'model.merge_and_unload(), then save the state dict of the result',
    );
  }
}

/** A wrapper's prefix before some of the tensors' names only, so that it cannot be taken off. */
export class TensorPrefixError extends BiomedClipError {
  static override readonly name: string = 'TensorPrefixError';

  constructor(
    readonly file: string,
    readonly prefix: string,
    /** Those without it. */
    readonly without: readonly string[],
  ) {
    super(
      `${file}: only some tensors' names begin with ${cut(prefix)}, so it cannot be taken off; save the state dict of the ` +
        `model alone, without these:${firstTen(without)}`,
    );
  }
}

// Weights in several files

/** An index of weights that is malformed, or leads out of its directory. */
export class ShardIndexError extends BiomedClipError {
  static override readonly name: string = 'ShardIndexError';

  constructor(
    readonly file: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: the index ${cut(problem, 240)}; download it again`, options);
  }
}

/** Files that an index names and that are not there. */
export class MissingShardError extends BiomedClipError {
  static override readonly name: string = 'MissingShardError';

  constructor(
    readonly file: string,
    readonly shards: readonly string[],
  ) {
    super(`${file}: names files that are not beside it; download these too:${firstTen(shards)}`);
  }
}

/** A tensor that is not in the file that the index names. */
export class MissingShardTensorError extends BiomedClipError {
  static override readonly name: string = 'MissingShardTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly shard: string,
  ) {
    super(
      `${file}: says that ${cut(tensor)} is in ${cut(shard)}, which has none; take all files of one download`,
    );
  }
}

/** A tensor in two of the files. */
export class RepeatedTensorError extends BiomedClipError {
  static override readonly name: string = 'RepeatedTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly shards: readonly string[],
  ) {
    super(`${file}: ${cut(tensor)} is in ${shards.join(' and in ')}; take all files of one download`);
  }
}

/** A file shorter than its header says. */
export class TruncatedFileError extends BiomedClipError {
  static override readonly name: string = 'TruncatedFileError';

  constructor(
    readonly file: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${file}: needs ${bytes(expected)}, the file has ${bytes(actual)}; download it again`);
  }
}

/** A tensor that the file does not have. */
export class UnknownTensorError extends BiomedClipError {
  static override readonly name: string = 'UnknownTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
  ) {
    super(`${file}: has no tensor ${cut(tensor)}`);
  }
}

/** A read that leaves the tensor's bytes. */
export class TensorRangeError extends BiomedClipError {
  static override readonly name: string = 'TensorRangeError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly offset: number,
    readonly length: number,
    readonly byteLength: number,
  ) {
    super(`${file}: ${cut(tensor)} has ${bytes(byteLength)}, asked for ${length} from ${offset}`);
  }
}

// safetensors

/** The header's length makes no sense: larger than the file or than any real header. */
export class HeaderLengthError extends BiomedClipError {
  static override readonly name: string = 'HeaderLengthError';

  constructor(
    readonly file: string,
    readonly headerLength: bigint,
    readonly limit: number,
    why: string,
  ) {
    super(
      `${file}: header says ${headerLength.toLocaleString('en-US')} bytes, ${why} ${limit.toLocaleString('en-US')}; ` +
        'not a safetensors file, or a damaged one: download it again',
    );
  }
}

/** The header is not UTF-8, not JSON or not an object. */
export class HeaderFormatError extends BiomedClipError {
  static override readonly name: string = 'HeaderFormatError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: the safetensors header ${cut(reason, 240)}; download it again`, options);
  }
}

/** One tensor's entry in a safetensors header is malformed. */
export class TensorEntryError extends BiomedClipError {
  static override readonly name: string = 'TensorEntryError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly field: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${file}: ${cut(tensor)}: ${field} must be ${expected}, got ${actual}`);
  }
}

/** Tensors that overlap, leave a hole, or do not fill the data section. */
export class TensorOffsetsError extends BiomedClipError {
  static override readonly name: string = 'TensorOffsetsError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly expectedStart: number,
    readonly actualStart: number,
  ) {
    const fault = actualStart < expectedStart ? 'overlaps the tensor before it' : 'leaves a hole before it';
    super(
      `${file}: ${cut(tensor)} ${fault}: data must start at byte ${expectedStart}, starts at ${actualStart}`,
    );
  }
}

/** The data section goes on after the last tensor. */
export class TrailingDataError extends BiomedClipError {
  static override readonly name: string = 'TrailingDataError';

  constructor(
    readonly file: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${file}: the tensors end at byte ${expected}, the file has ${bytes(actual)}; download it again`);
  }
}

/** A tensor handed to a writer has more or fewer bytes than its shape says. */
export class TensorDataLengthError extends BiomedClipError {
  static override readonly name: string = 'TensorDataLengthError';

  constructor(
    readonly tensor: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${cut(tensor)}: its shape needs ${bytes(expected)}, its data has ${actual}`);
  }
}

// zip

/** Not a zip archive, or one whose records contradict each other. */
export class ZipFormatError extends BiomedClipError {
  static override readonly name: string = 'ZipFormatError';

  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: damaged zip archive: ${cut(reason, 240)}; download it again`);
  }
}

/** An entry that is compressed or encrypted; torch stores its tensors plainly. */
export class ZipEntryEncodingError extends BiomedClipError {
  static override readonly name: string = 'ZipEntryEncodingError';

  constructor(
    readonly file: string,
    readonly entry: string,
    readonly encoding: string,
  ) {
    super(
      `${file}: ${cut(entry)} is ${encoding}, torch.save writes stored entries; unpack and save it again with torch.save`,
    );
  }
}

// torch files

/** A file by torch.save before 1.6, or by something else entirely. */
export class NotTorchZipError extends BiomedClipError {
  static override readonly name: string = 'NotTorchZipError';

  constructor(
    readonly file: string,
    readonly legacy: boolean,
  ) {
    super(
      legacy
        ? `${file}: a torch file from before version 1.6, which is not a zip archive; re-save it: ` +
            `torch.save(torch.load(file, map_location="cpu"), file)`
        : `${file}: neither a zip archive nor a torch file; download it again`,
    );
  }
}

/** A zip archive without what torch.save puts into one, or with another layout. */
export class TorchArchiveError extends BiomedClipError {
  static override readonly name: string = 'TorchArchiveError';

  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: not an archive by torch.save: ${cut(reason, 240)}`);
  }
}

/** A pickle that ends early, underflows its stack, or goes past a limit. */
export class PickleFormatError extends BiomedClipError {
  static override readonly name: string = 'PickleFormatError';

  constructor(
    readonly file: string,
    readonly position: number,
    readonly reason: string,
  ) {
    super(`${file}: malformed pickle at byte ${position}: ${cut(reason, 240)}`);
  }
}

/** A pickle opcode that a tensor state dict does not need. Nothing was executed. */
export class PickleOpcodeError extends BiomedClipError {
  static override readonly name: string = 'PickleOpcodeError';

  constructor(
    readonly file: string,
    readonly position: number,
    readonly opcode: number,
  ) {
    const hex = `0x${opcode.toString(16).padStart(2, '0')}`;
    super(
      `${file}: pickle opcode ${hex} at byte ${position} is not one that a tensor state dict needs; ` +
        'save only model.state_dict(), with the default pickle protocol',
    );
  }
}

/** Weights that a pickle would make by a function or class that is unknown here. Nothing was executed. */
export class PickleGlobalError extends BiomedClipError {
  static override readonly name: string = 'PickleGlobalError';

  constructor(
    readonly file: string,
    /** The place in the pickle. */
    readonly where: string,
    readonly global: string,
  ) {
    super(
      `${file}: ${cut(where)} is an object of ${cut(global)}, which is not read and was not run; ` +
        'save model.state_dict() alone, or distrust the file',
    );
  }
}

/** The pickle is sound but is not a dict of tensors. */
export class StateDictError extends BiomedClipError {
  static override readonly name: string = 'StateDictError';

  constructor(
    readonly file: string,
    readonly where: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${file}: ${cut(where)} must be ${expected}, got ${actual}`);
  }
}

/** A tensor that is not in row-major order. */
export class NonContiguousTensorError extends BiomedClipError {
  static override readonly name: string = 'NonContiguousTensorError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {
    super(
      `${file}: ${cut(tensor)} ${shapeExcerpt(shape)} has strides ${shapeExcerpt(stride)}, only row-major tensors are read; ` +
        're-save it with .contiguous()',
    );
  }
}

/** A tensor that reaches past the storage it is a view of. */
export class StorageRangeError extends BiomedClipError {
  static override readonly name: string = 'StorageRangeError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${file}: ${cut(tensor)} needs ${bytes(expected)} of its storage, which has ${bytes(actual)}`);
  }
}

// open_clip_config.json

/** A checkpoint without a configuration beside it. */
export class ConfigNotFoundError extends BiomedClipError {
  static override readonly name: string = 'ConfigNotFoundError';

  constructor(
    readonly directory: string,
    readonly file: string,
  ) {
    super(
      `${directory}: has no ${file}; take the whole directory of the checkpoint, not only its weights, or name the ` +
        'configuration: the option config, or --config',
    );
  }
}

/** A warning: transformers' file of how images are prepared is missing, and CLIP's usual way is taken. */
export class PreprocessorNotFoundError extends BiomedClipError {
  static override readonly name: string = 'PreprocessorNotFoundError';

  constructor(
    readonly directory: string,
    readonly file: string,
    usual: string,
  ) {
    super(
      `${directory}: has no ${file}, so images are prepared as ${usual}; download it if the model has one`,
    );
  }
}

/** A configuration that is no JSON object. */
export class ConfigJsonError extends BiomedClipError {
  static override readonly name: string = 'ConfigJsonError';

  constructor(
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: is not a JSON object`, options);
  }
}

/** A field that is missing, malformed, or asks for something that this engine does not do. */
export class ConfigFieldError extends BiomedClipError {
  static override readonly name: string = 'ConfigFieldError';

  constructor(
    readonly file: string,
    readonly field: string,
    readonly expected: string,
    readonly actual: unknown,
    /** What open_clip does for this value, if it differs from this engine. */
    readonly meaning?: string,
  ) {
    const advice = meaning && `: ${meaning}; embed with open_clip, or correct the file if it is wrong`;
    super(`${file}: ${cut(field)} must be ${expected}, got ${excerpt(actual)}${advice ?? ''}`);
  }
}

/** A warning: fields that neither open_clip nor this engine knows. They are ignored. */
export class UnknownFieldsError extends BiomedClipError {
  static override readonly name: string = 'UnknownFieldsError';

  constructor(
    readonly file: string,
    readonly fields: readonly string[],
  ) {
    super(`${file}: unknown and ignored, so check their spelling:${firstTen(fields)}`);
  }
}

/** A warning: the tokenizer's name differs from the BERT's. The directory's files are used anyway. */
export class TokenizerNameError extends BiomedClipError {
  static override readonly name: string = 'TokenizerNameError';

  constructor(
    readonly file: string,
    readonly tokenizer: string,
    readonly model: string,
  ) {
    super(
      `${file}: hf_tokenizer_name is ${excerpt(tokenizer)}, hf_model_name ${excerpt(model)}; texts are split by the ` +
        "tokenizer files of the directory: make sure that they are that tokenizer's",
    );
  }
}

/** A warning: tensors of other sizes than the named model's. They are used as they are. */
export class UnusualModelError extends BiomedClipError {
  static override readonly name: string = 'UnusualModelError';

  constructor(
    readonly file: string,
    readonly model: string,
    readonly size: string,
    readonly usual: number,
    readonly actual: number,
  ) {
    super(
      `${file}: ${excerpt(model)} has a ${size} of ${usual}, the checkpoint one of ${actual}; ` +
        'it is computed as the checkpoint has it, which open_clip would refuse',
    );
  }
}

/** A warning: a BERT of an unknown name, whose shapes are usual. It is computed with the usual values. */
export class AssumedBertError extends BiomedClipError {
  static override readonly name: string = 'AssumedBertError';

  constructor(
    readonly file: string,
    readonly model: string,
    readonly eps: number,
    readonly heads: number,
  ) {
    super(
      `${file}: hf_model_name ${excerpt(model)} is not known; by its shapes it is computed as a usual BERT, with an eps of ` +
        `${eps}, ${heads} heads, GELU and 0 for padding; to be sure, put its config.json beside this file`,
    );
  }
}

/** A tower of a name that is not known. */
export class UnknownModelNameError extends BiomedClipError {
  static override readonly name: string = 'UnknownModelNameError';

  constructor(
    readonly file: string,
    readonly field: string,
    readonly model: string,
    readonly known: readonly string[],
  ) {
    super(
      `${file}: ${field} ${excerpt(model)} is not a known model (known: ${known.join(', ')}); ` +
        `for another one ${field === 'hf_model_name' ? 'put its config.json beside this file, or ' : ''}` +
        'add its depth, heads and eps under "biomedclip_webgpu"',
    );
  }
}

// The tensors as the model needs them

/** Tensors that the checkpoint lacks: all of them in `tensors`. */
export class MissingTensorError extends BiomedClipError {
  static override readonly name: string = 'MissingTensorError';

  constructor(
    readonly file: string,
    readonly tensors: readonly string[],
  ) {
    super(`${file}: ${tensors.length} of the model's tensors missing:${firstTen(tensors)}`);
  }
}

/** More layers than any model has, by the tensors' names. */
export class TooManyLayersError extends BiomedClipError {
  static override readonly name: string = 'TooManyLayersError';

  constructor(
    readonly file: string,
    readonly prefix: string,
    readonly layers: number,
    readonly most: number,
  ) {
    super(`${file}: has ${layers.toLocaleString('en-US')} layers ${prefix}*, at most ${most} are read`);
  }
}

/** A warning: tensors that the model does not use. They are ignored. */
export class UnexpectedTensorsError extends BiomedClipError {
  static override readonly name: string = 'UnexpectedTensorsError';

  constructor(
    readonly file: string,
    readonly tensors: readonly string[],
  ) {
    super(
      `${file}: ${tensors.length} tensors ignored, since BiomedCLIP has none of these names; where they belong to ` +
        `the model (layer scales, a pooling layer), results differ from open_clip's:${firstTen(tensors)}`,
    );
  }
}

/** A tensor of the wrong shape. */
export interface ShapeMismatch {
  /** Its name in the file. */
  readonly tensor: string;
  /** The shape that the model needs. */
  readonly expected: readonly number[];
  /** The shape in the file. */
  readonly actual: readonly number[];
}

/** Tensors of another shape than the model needs: all of them in `mismatches`. */
export class TensorShapeError extends BiomedClipError {
  static override readonly name: string = 'TensorShapeError';

  constructor(
    readonly file: string,
    readonly mismatches: readonly ShapeMismatch[],
  ) {
    const lines = mismatches.map(
      ({ tensor, expected, actual }) =>
        `${cut(tensor)} must be ${shapeExcerpt(expected)}, got ${shapeExcerpt(actual)}`,
    );
    super(`${file}: ${mismatches.length} of the model's tensors have the wrong shape:${firstTen(lines)}`);
  }
}

/** A tensor of an element type that is not read. */
export interface DtypeMismatch {
  /** Its name in the file. */
  readonly tensor: string;
  /** The element types that are read. */
  readonly expected: readonly string[];
  /** The element type in the file. */
  readonly actual: string;
}

/** Tensors of an element type that is not read: all of them in `mismatches`. */
export class TensorDtypeError extends BiomedClipError {
  static override readonly name: string = 'TensorDtypeError';

  constructor(
    readonly file: string,
    readonly mismatches: readonly DtypeMismatch[],
  ) {
    const lines = mismatches.map(
      ({ tensor, expected, actual }) => `${cut(tensor)} must be ${expected.join(' or ')}, got ${actual}`,
    );
    super(`${file}: ${mismatches.length} of the model's tensors have the wrong dtype:${firstTen(lines)}`);
  }
}

/** A weight that is NaN or infinite. */
export class NonFiniteWeightError extends BiomedClipError {
  static override readonly name: string = 'NonFiniteWeightError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly index: number,
    readonly value: number,
  ) {
    super(
      `${file}: ${cut(tensor)} holds ${value} at element ${index}; the checkpoint is damaged or training diverged`,
    );
  }
}

/** A `logit_scale` whose exponential, the scale of the cosines, f32 cannot hold. */
export class LogitScaleError extends BiomedClipError {
  static override readonly name: string = 'LogitScaleError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly value: number,
  ) {
    super(
      `${file}: ${tensor} is ${value}, and exp of it must fit f32: between -87 and 88 (ln(100) = 4.6 is usual); ` +
        'the checkpoint is damaged or training diverged',
    );
  }
}

/** A weight too large for f16. */
export class F16OverflowError extends BiomedClipError {
  static override readonly name: string = 'F16OverflowError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly index: number,
    readonly value: number,
  ) {
    super(
      `${file}: ${cut(tensor)} holds ${value} at element ${index}, f16 ends at 65504; keep this model in f32`,
    );
  }
}
