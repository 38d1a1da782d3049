import { BiomedClipError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';

/** A checkpoint directory without a vocabulary. */
export class MissingTokenizerError extends BiomedClipError {
  static override readonly name: string = 'MissingTokenizerError';

  /** @param file the one that the model needs, where it is not either of two */
  constructor(
    readonly directory: string,
    readonly file?: string,
  ) {
    const missing = file ? `there is no ${file}` : 'there is neither tokenizer.json nor vocab.txt';
    super(
      `${directory}: ${missing}; copy ${file ? 'it' : 'one of them'} from the model's download, ` +
        'captions cannot be read without it',
    );
  }
}

/** A checkpoint directory without CLIP's vocabulary, or without its merges. */
export class MissingBpeError extends BiomedClipError {
  static override readonly name: string = 'MissingBpeError';

  /** @param file the one that is missing beside those that are there */
  constructor(
    readonly directory: string,
    readonly file?: string,
  ) {
    const missing = file
      ? `there is no ${file} beside vocab.json`
      : "there is no tokenizer for CLIP's text tower";
    super(
      `${directory}: ${missing}; add tokenizer.json, or vocab.json and merges.txt, of openai/clip-vit-base-patch32, or ` +
        "bpe_simple_vocab_16e6.txt.gz of open_clip's package: all hold the same 49,408 tokens",
    );
  }
}

/** A tokenizer file that is not what its name says. */
export class TokenizerFileError extends BiomedClipError {
  static override readonly name: string = 'TokenizerFileError';

  constructor(
    readonly directory: string,
    readonly file: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${directory}/${file}: ${problem}`, options);
  }
}

/** The vocabulary has no entry for a token that every text needs. */
export class MissingSpecialTokenError extends BiomedClipError {
  static override readonly name: string = 'MissingSpecialTokenError';

  constructor(
    readonly directory: string,
    readonly file: string,
    readonly role: 'cls_token' | 'sep_token' | 'unk_token' | 'bos_token' | 'eos_token',
    readonly token: string,
  ) {
    super(`${directory}/${file}: the ${role} ${excerpt(token)} is not in the vocabulary`);
  }
}

/** A warning: a vocabulary with fewer tokens than the text tower has embeddings for. */
export class ShortVocabularyError extends BiomedClipError {
  static override readonly name: string = 'ShortVocabularyError';

  constructor(
    readonly directory: string,
    readonly file: string,
    readonly tokens: number,
    readonly vocabularySize: number,
  ) {
    super(
      `${directory}/${file}: has ${tokens.toLocaleString('en-US')} tokens, the weights have embeddings for ` +
        `${vocabularySize.toLocaleString('en-US')}. If the file was cut short, captions are split into other tokens ` +
        'and results are wrong: download it again. If the weights are padded to a round number, all is well',
    );
  }
}

/** A vocabulary with ids that the text tower's weights have no embedding for. */
export class VocabularySizeError extends BiomedClipError {
  static override readonly name: string = 'VocabularySizeError';

  constructor(
    readonly directory: string,
    readonly file: string,
    readonly token: string,
    readonly id: number,
    readonly vocabularySize: number,
  ) {
    super(
      `${directory}/${file}: ${excerpt(token)} has the id ${id}, the weights have embeddings for 0 to ` +
        `${vocabularySize - 1}; the tokenizer and the weights are of different models`,
    );
  }
}

/** A text in which each repair reveals the next one, so often that the work would be quadratic in its length. */
export class TextRepairError extends BiomedClipError {
  static override readonly name: string = 'TextRepairError';

  constructor(readonly length: number) {
    super(
      `a text of ${length} characters still changes after many repairs, each of which bares the next: its escapes or ` +
        'misread characters are nested too deep; clean it, or shorten it',
    );
  }
}
