import { isJsonObject, parsedJson } from '../arguments.ts';
import { excerpt } from '../excerpt.ts';
import { hasImageEnding } from '../image/endings.ts';
import type { ByteSource } from '../platform/files.ts';
import { columnOf } from '../tables/columns.ts';
import { decodeText } from '../tables/decode-text.ts';
import type { ArchiveOptions, ArchiveRow, PairArchive } from './archive.ts';
import { ArchiveError, DuplicateItemError } from './errors.ts';
import { leftOut, lone } from './notes.ts';
import { TarFile } from './tar-file.ts';
import type { TarMember } from './tar-members.ts';

/** The files of one key: a sample of WebDataset. */
interface Sample {
  readonly images: string[];
  readonly texts: string[];
  /** Of a JSON file, where there is no text. */
  fields?: Fields;
  label?: string;
}

/** What a JSON file says. */
interface Fields {
  readonly texts?: readonly string[];
  readonly id?: string;
  readonly label?: string;
  readonly group?: string;
}

/** A caption, a class or a JSON is read as it is passed, so it may not be large. */
const MOST_TEXT = 16 * 1024 * 1024;

const KINDS: Readonly<Record<string, 'text' | 'json' | 'label'>> = {
  ...{ txt: 'text', text: 'text', caption: 'text', json: 'json', cls: 'label' },
};

/**
 * A tar in WebDataset's convention (github.com/webdataset/webdataset): the files of a sample have the same name up to the
 * first dot, its key, and their endings say what they are: images; `.txt`, `.text` or `.caption` a caption; `.json` an object
 * with a caption, label, group or id, by the names that columns of tables have; `.cls` the class. Several captions, and
 * several images, of a key are one item. Only headers and texts are read; of a `.tar.gz` all is decompressed once, and
 * again as images are read in their order.
 * @throws {ArchiveError} if it is no tar, cut short, damaged, or a text cannot be read
 * @throws {DuplicateItemError} for two files of one name @throws {TextEncodingError} @throws {CaptionsHeaderError}
 */
export async function openTarPairs(source: ByteSource, options: ArchiveOptions = {}): Promise<PairArchive> {
  const tar = await TarFile.open(source);
  const { name: file } = source;
  const samples = new Map<string, Sample>();
  const others: string[] = [];
  for (let member = await tar.next(); member; member = await tar.next()) {
    if (!(await addToSample(file, member, tar, samples, options))) others.push(member.name);
  }
  const bySample = [...samples].map(([key, sample]) => ({ key, rows: rowsOf(key, sample) }));
  expectItems(file, bySample);
  const rows = bySample.flatMap((sample) => sample.rows);
  const notes = [...tar.notes, ...leftOut(file, others), ...lone(file, rows)];
  return {
    ...{ name: file, rows, notes },
    read: (name) => tar.read(name),
    close: () => tar.close(),
  };
}

/** Samples of one id, which their JSON says, must have the caption in common, as rows of tables. */
function expectItems(
  file: string,
  samples: readonly { readonly key: string; readonly rows: readonly ArchiveRow[] }[],
): void {
  const first = new Map<string, { readonly key: string; readonly text?: string }>();
  for (const {
    key,
    rows: [row],
  } of samples) {
    if (!row) continue;
    const before = first.get(row.id);
    if (!before) first.set(row.id, { key, text: row.text });
    else if (row.text === undefined || row.text !== before.text) {
      throw new DuplicateItemError(row.id, `${file}#${key}`, `${file}#${before.key}`);
    }
  }
}

/** Whether the member is part of a sample. */
async function addToSample(
  file: string,
  member: TarMember,
  tar: TarFile,
  samples: Map<string, Sample>,
  options: ArchiveOptions,
): Promise<boolean> {
  const [, key = '', ending = ''] = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/s.exec(member.name) ?? [];
  const kind = KINDS[(ending.split('.').at(-1) ?? '').toLowerCase()];
  const isImage = kind === undefined && hasImageEnding(member.name);
  if (key === '' || (kind === undefined && !isImage)) return false;
  const sample = samples.get(key) ?? { images: [], texts: [] };
  samples.set(key, sample);
  if (isImage) sample.images.push(member.name);
  else {
    const text = await textOf(file, member, tar, options);
    if (kind === 'text') sample.texts.push(text);
    if (kind === 'label') sample.label = text.trim();
    if (kind === 'json') sample.fields = fieldsOf(file, member.name, text, options);
  }
  return true;
}

/** Without the line end that editors and `echo` add. */
async function textOf(
  file: string,
  member: TarMember,
  tar: TarFile,
  { encoding, byOption }: ArchiveOptions,
): Promise<string> {
  const bytes = await tar.bytesOf(member, MOST_TEXT);
  const encodingOption = byOption ? 'pass --encoding' : undefined;
  const text = decodeText(bytes, `${file}#${member.name}`, { encoding, encodingOption });
  return text.replace(/\r?\n$/, '');
}

function fieldsOf(file: string, member: string, text: string, options: ArchiveOptions): Fields {
  const value = parsedJson(text);
  if (!isJsonObject(value)) {
    throw new ArchiveError(file, member, `is no JSON object: found ${excerpt(text.trim())}`);
  }
  const header = { file: `${file}#${member}`, line: 1, columns: Object.keys(value) };
  const { columns = {}, byOption = false } = options;
  const find = (role: 'caption' | 'id' | 'label' | 'group') => {
    const column = columnOf(header, role, columns, byOption);
    const field = column === undefined ? undefined : value[header.columns[column] ?? ''];
    return field === null ? undefined : field;
  };
  const single = (role: 'id' | 'label' | 'group') => {
    const field = find(role);
    if (typeof field !== 'object') return field === undefined ? undefined : String(field).trim();
    throw new ArchiveError(file, member, `its ${role} must be a string or a number, got ${excerpt(field)}`);
  };
  const captions = find('caption');
  const texts = captions === undefined ? [] : Array.isArray(captions) ? captions : [captions];
  const wrong = texts.find((text) => typeof text !== 'string');
  if (wrong !== undefined) {
    throw new ArchiveError(
      file,
      member,
      `its caption must be a string or a list of them, got ${excerpt(wrong)}`,
    );
  }
  const named = columns.id === undefined ? undefined : single('id');
  return { texts, id: named, label: single('label'), group: single('group') };
}

/** Every image with every caption. */
function rowsOf(key: string, { images, texts, fields, label = fields?.label }: Sample): ArchiveRow[] {
  const { id = key, group } = fields ?? {};
  const captions = texts.length > 0 ? texts : (fields?.texts ?? []);
  const facts = { ...(label ? { label } : {}), ...(group ? { group } : {}) };
  return (images.length > 0 ? images : [undefined]).flatMap((member) =>
    (captions.length > 0 ? captions : [undefined]).flatMap((text) =>
      member === undefined && text === undefined
        ? []
        : {
            id,
            ...(text !== undefined && { text }),
            ...(member !== undefined && { member }),
            ...facts,
          },
    ),
  );
}
