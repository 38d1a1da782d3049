import { signal } from '@preact/signals';
import { CaptionsHeaderError, TextEncodingError } from '../../../../src/tables/index.ts';
import type { CaptionsChoice } from '../data/captions-file.ts';
import type { FoundFile } from '../data/dropped-files.ts';

/** What a captions file does not say itself, and what is to be opened once people have said it. */
export interface CaptionsQuestion {
  readonly error: CaptionsHeaderError | TextEncodingError;
  readonly files: readonly FoundFile[];
  /** What they have said before. */
  readonly choice: CaptionsChoice;
}

export const captionsQuestion = signal<CaptionsQuestion | undefined>(undefined);

/** Whether it is one that people can answer, who are then asked. */
export function asked(error: unknown, files: readonly FoundFile[], choice: CaptionsChoice): boolean {
  if (!(error instanceof CaptionsHeaderError || error instanceof TextEncodingError)) return false;
  captionsQuestion.value = { error, files, choice };
  return true;
}
