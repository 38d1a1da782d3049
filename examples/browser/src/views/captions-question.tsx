import { useSignal, useSignalEffect } from '@preact/signals';
import { CaptionsHeaderError, type TextEncodingError } from '../../../../src/tables/index.ts';
import { type CaptionsQuestion, captionsQuestion } from '../state/captions-question.ts';
import { openFiles } from '../state/opening.ts';

const ROLES = [
  ['image', 'Images', true],
  ['caption', 'Captions', true],
  ['label', 'Labels', false],
] as const;

/** Of the Encoding Standard, what table programs save in. */
const ENCODINGS = [
  ['windows-1252', 'Windows-1252 (western)'],
  ['windows-1250', 'Windows-1250 (central European)'],
  ['windows-1251', 'Windows-1251 (Cyrillic)'],
  ['iso-8859-2', 'ISO 8859-2'],
  ['macintosh', 'Mac Roman'],
  ['shift_jis', 'Shift JIS'],
  ['euc-kr', 'EUC-KR'],
  ['gb18030', 'GB 18030'],
  ['big5', 'Big5'],
  ['utf-16le', 'UTF-16 LE'],
  ['utf-16be', 'UTF-16 BE'],
] as const;

/** Asks what a captions file does not say itself. */
export function AskedOfCaptions() {
  const question = captionsQuestion.value;
  if (!question) return null;
  const { error } = question;
  return error instanceof CaptionsHeaderError ? (
    <ColumnsForm key={error.message} question={question} error={error} />
  ) : (
    <EncodingForm key={error.message} question={question} error={error} />
  );
}

interface FormProps<E> {
  readonly question: CaptionsQuestion;
  readonly error: E;
}

function ColumnsForm({ question, error }: FormProps<CaptionsHeaderError>) {
  const chosen = useSignal<Readonly<Record<string, string>>>({});
  // In a tar, the members are the images.
  const roles = /\.(?:tar|tar\.gz|tgz)#/i.test(error.file)
    ? ROLES.filter(([role]) => role !== 'image')
    : ROLES;
  const named = roles.flatMap(([role, , needed]) => (needed ? [chosen.value[role]] : []));
  return (
    <form
      class="notice question"
      aria-label="Columns of the captions file"
      onSubmit={(event) => {
        event.preventDefault();
        answer(question, { columns: { ...question.choice.columns, ...chosen.value } });
      }}
    >
      <p>
        <strong>Which columns are which?</strong> {error.file}
        {error.line === undefined ? '' : `, line ${error.line}`}: {error.reason}.
      </p>
      <div class="row">
        {roles.map(([role, name, needed]) => (
          <label key={role} class="field">
            {name}
            <select
              required={needed}
              value={chosen.value[role] ?? ''}
              onChange={({ currentTarget }) => {
                const { [role]: _, ...others } = chosen.value;
                const { value } = currentTarget;
                chosen.value = value === '' ? others : { ...others, [role]: value };
              }}
            >
              <option value="">{needed ? 'choose…' : 'none'}</option>
              {error.columns.map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </select>
          </label>
        ))}
        <Buttons ready={!named.includes(undefined) && new Set(named).size === named.length} />
      </div>
    </form>
  );
}

function EncodingForm({ question, error }: FormProps<TextEncodingError>) {
  const encoding = useSignal<string>(ENCODINGS[0][0]);
  const line = useSignal('');
  const file = question.files.find(({ file: { name } }) => name === error.file)?.file;
  useSignalEffect(() => {
    const chosen = encoding.value;
    void lineOf(file, error.line, chosen).then((text) => {
      if (encoding.peek() === chosen) line.value = text;
    });
  });
  return (
    <form
      class="notice question"
      aria-label="Encoding of the captions file"
      onSubmit={(event) => {
        event.preventDefault();
        answer(question, { encoding: encoding.value });
      }}
    >
      <p>
        <strong>Which encoding is it?</strong> Line {error.line} of {error.file} is not{' '}
        {error.encoding.toUpperCase()}.{file && ` It would read: “${line.value}”`}
      </p>
      <div class="row">
        <label class="field">
          Encoding
          <select
            value={encoding.value}
            onChange={({ currentTarget }) => {
              encoding.value = currentTarget.value;
            }}
          >
            {ENCODINGS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Buttons ready />
      </div>
    </form>
  );
}

function Buttons({ ready }: { readonly ready: boolean }) {
  return (
    <>
      <button type="submit" class="primary" disabled={!ready}>
        Open
      </button>
      <button
        type="button"
        onClick={() => {
          captionsQuestion.value = undefined;
        }}
      >
        Leave it
      </button>
    </>
  );
}

function answer({ files, choice }: CaptionsQuestion, said: CaptionsQuestion['choice']): void {
  captionsQuestion.value = undefined;
  void openFiles(files, { ...choice, ...said });
}

/** @param line counted from 1 */
async function lineOf(file: Blob | undefined, line: number, encoding: string): Promise<string> {
  const text = new TextDecoder(encoding).decode(await file?.arrayBuffer());
  return text.split(/\r\n|\r|\n/)[line - 1]?.slice(0, 160) ?? '';
}
