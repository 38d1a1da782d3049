import { BiomedClipError } from '../../src/errors.ts';
import { byteCount, cut, excerpt, shapeExcerpt } from '../../src/excerpt.ts';

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
    super(
      `${file}: ${cut(tensor)} needs ${byteCount(expected)} of its storage, which has ${byteCount(actual)}`,
    );
  }
}
