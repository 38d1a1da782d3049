// The judge is the format as the command line documents it, and RFC 4180 for quoting.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReadCaptionsOptions, readCaptions as readFile, withSharedIds } from '../src/node/captions.ts';
import { TextFileReadError } from '../src/node/errors.ts';
import {
  CaptionLinesError,
  CaptionsFormatError,
  CaptionsHeaderError,
  DuplicateIdError,
  NoCaptionsError,
  TableRowError,
  TextEncodingError,
} from '../src/tables/errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'captions-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array, options?: ReadCaptionsOptions) {
  await writeFile(join(folder, name), content);
  return [...(await readFile(join(folder, name), options)).captions];
}

describe('.txt', () => {
  test.each([
    ['one a line', 'chest X-ray\nbrain MRI\n', ['chest X-ray', 'brain MRI']],
    ['no line end at the end', 'chest X-ray\nbrain MRI', ['chest X-ray', 'brain MRI']],
    ['an empty line is the empty caption', 'a\n\nb\n\n', ['a', '', 'b', '']],
    ['one line end alone is one empty caption', '\n', ['']],
    ['CRLF', 'a\r\n\r\nb\r\n', ['a', '', 'b']],
    ['a byte order mark is no text', '\ufeffa\nb\n', ['a', 'b']],
    ['commas and quotes are text', 'a, "b"\n', ['a, "b"']],
    ['spaces stay; cleaning them is the tokenizer’s work', ' a \n', [' a ']],
    ['beyond ASCII', 'œdème 10 µm\n', ['œdème 10 µm']],
  ])('%s', async (_, content, expected) => {
    const captions = await read('captions.txt', content);
    expect(captions).toEqual(expected.map((text, i) => ({ id: String(i), text })));
  });
});

describe('.csv', () => {
  test('image,caption: images lie relative to the file', async () => {
    const captions = await read('pairs.csv', 'image,caption\nsub/a.png,chest X-ray\n/abs/b.png,brain MRI\n');
    expect(captions).toEqual([
      { id: 'sub/a.png', text: 'chest X-ray', image: join(folder, 'sub/a.png') },
      { id: '/abs/b.png', text: 'brain MRI', image: '/abs/b.png' },
    ]);
  });

  test('id,caption names no images', async () => {
    expect(await read('ids.csv', 'id,caption\nx1,chest X-ray\n')).toEqual([
      { id: 'x1', text: 'chest X-ray' },
    ]);
  });

  test('an image may be a URL', async () => {
    const [caption] = await read('urls.csv', 'image,caption\nhttps://x.org/a.png,a\n');
    expect(caption?.image).toBe('https://x.org/a.png');
  });

  test.each([
    ['byte order mark, CRLF, no line end at the end', '\ufeffid,caption\r\n1,a\r\n2,b', ['a', 'b']],
    ['empty lines are no rows', 'id,caption\n\n1,a\n\n2,b\n\n', ['a', 'b']],
    ['empty captions', 'id,caption\n1,\n2,""\n', ['', '']],
    ['quotes, commas and line ends in a caption', 'id,caption\n1,"a, ""b""\nc"\n', ['a, "b"\nc']],
    ['other columns, another order, capitals', 'Caption, split ,ID\na,train,1\n', ['a']],
    ['mixed line ends', 'id,caption\n1,a\r\n2,b\n', ['a', 'b']],
    ['CR line ends', 'id,caption\r1,a\r2,"b\rc"\r', ['a', 'b\nc']],
    ['semicolons', 'id;caption\n1;a, b\n2;c\n', ['a, b', 'c']],
    ['tabs', 'id\tcaption\n1\ta, b\n', ['a, b']],
    ['sep=', 'sep=;\r\nid;caption,\r\n1;a\r\n', ['a'], { columns: { caption: 'caption,' } }],
    ['rows of nothing at the end', 'id,caption,,\n1,a,,\n2,b\n,,,\n , ,,\n', ['a', 'b']],
    ['UTF-16 with its mark', Buffer.from('\ufeffid,caption\r\n1,œdème\r\n', 'utf16le'), ['œdème']],
    ['UTF-16 without', Buffer.from('id\tcaption\r\n1\tœdème\r\n', 'utf16le'), ['œdème']],
    ['UTF-16, high byte first', Buffer.from('\ufeffid,caption\n1,œ\n', 'utf16le').swap16(), ['œ']],
    [
      'Windows-1252',
      Buffer.from('id,caption\n1,\x80 \xe9\n', 'latin1'),
      ['€ é'],
      { encoding: 'windows-1252' },
    ],
  ] as [string, string | Uint8Array, string[], ReadCaptionsOptions?][])(
    '%s',
    async (_, content, expected, options) => {
      expect((await read('captions.csv', content, options)).map(({ text }) => text)).toEqual(expected);
    },
  );

  test('an image column goes before an id column', async () => {
    const [caption] = await read('both.csv', 'id,image,caption\n7,a.png,a\n');
    expect(caption).toMatchObject({ id: 'a.png', image: join(folder, 'a.png') });
  });
});

describe('columns', () => {
  test.each([
    ['filepath,title', {}],
    ['file_name,text', {}],
    ['Image Path,Report', {}],
    ['img,description', {}],
    ['path,caption,title', {}], // caption goes before its like
    ['jpg,words', { image: 'jpg', caption: 'Words' }],
  ])('%s', async (header, columns) => {
    const cells = header.split(',').map((_, i) => ['a.png', 'first', 'second'][i]);
    const [caption] = await read('names.csv', `${header}\n${cells.join(',')}\n`, { columns });
    expect(caption).toEqual({ id: 'a.png', text: 'first', image: join(folder, 'a.png') });
  });

  test('label and group, by their names or by others', async () => {
    const content = 'image,caption,label,patient\na.png,a, lung ,7\nb.png,b,,\n';
    const [a, b] = await read('facts.csv', content, { columns: { group: 'patient' } });
    expect(a).toMatchObject({ label: 'lung', group: '7' });
    expect(b).not.toHaveProperty('label');
    expect(b).not.toHaveProperty('group');
  });

  test('a path as Windows writes it', async () => {
    const [caption] = await read('windows.csv', 'image,caption\nscans\\a.png,a\n');
    expect(caption?.image).toBe(join(folder, 'scans/a.png'));
  });

  test('rows of one id, or one image, are one item', async () => {
    const content = 'study,image,caption\n7,a.png,x\n7,b.png,x\n8,c.png,y\n9,c.png,z\n';
    const captions = await read('items.csv', content, { columns: { id: 'study' } });
    expect(withSharedIds(captions).map(({ id }) => id)).toEqual(['7', '7', '8', '8']);
  });
});

describe('one set in all formats', () => {
  const rows = [
    { image: 'a.png', caption: 'a "quoted", œdème; 10 µm', label: '1' },
    { image: 'sub/b.png', caption: 'two\nlines', label: '0' },
  ];
  const delimited = (mark: string) =>
    [['image', 'caption', 'label'], ...rows.map((row) => Object.values(row))]
      .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(mark))
      .join('\r\n');
  const lines = rows.map((row) => JSON.stringify({ ...row, label: Number(row.label) })).join('\n');

  test.each([
    ['set.tsv', delimited('\t')],
    ['semicolons.csv', delimited(';')],
    ['set.json', JSON.stringify(rows, null, 2)],
    ['set.jsonl', lines],
    ['lines.json', lines],
    ['set.ndjson', `${lines}\n\n`],
  ])('%s', async (name, content) => {
    expect(await read(name, content)).toEqual(await read('set.csv', delimited(',')));
  });

  test('through a pipe', async () => {
    for (const content of [delimited(','), delimited('\t'), lines, JSON.stringify(rows)]) {
      const { kind, captions } = await readFile({ name: 'standard input', bytes: Buffer.from(content) });
      expect([kind, captions.length]).toEqual(['table', 2]);
    }
  });
});

describe('errors name file and line', () => {
  const failure = async (name: string, content: string | Uint8Array, options?: ReadCaptionsOptions) => {
    const error = (await read(name, content, options).catch((e: unknown) => e)) as Error;
    return { error, message: error.message.replace(`${folder}/`, '') };
  };

  test.each([
    [
      'columns of other names',
      ['a.csv', '\n\npicture,note\na,b\n'],
      CaptionsHeaderError,
      'a.csv:3: no column is known to hold the captions; its columns are "picture", "note"; name it with --caption-column, or rename the right one "caption"',
    ],
    [
      'neither images nor ids',
      ['a.csv', 'name,caption\na,b\n'],
      CaptionsHeaderError,
      'a.csv:1: no column is known to hold the images, and none is id; its columns are "name", "caption"; name it with --image-column, or rename the right one "image"',
    ],
    [
      'two that may be meant',
      ['a.tsv', 'path\ttitle\treport\na\tb\tc\n'],
      CaptionsHeaderError,
      'a.tsv:1: "title" and "report" may each be the caption; its columns are "path", "title", "report"; name it with --caption-column, or rename the right one "caption"',
    ],
    [
      'a column that is not there',
      ['a.csv', 'image,caption\na,b\n', { columns: { group: 'patient' } }],
      CaptionsHeaderError,
      'a.csv:1: has no column "patient"; its columns are "image", "caption"; give --group-column one of them',
    ],
    [
      'a comma outside quotes',
      ['a.csv', 'id,caption\n1,a\n2,b, c\n'],
      TableRowError,
      'a.csv:3: has 3 fields, and the first row 2; put a field with commas in double quotes: found "2 | b |  c"',
    ],
    [
      'a row that is too short',
      ['a.csv', 'id;caption;label\n1;a\n'],
      TableRowError,
      'a.csv:2: has 2 fields, and the first row 3; give each row 3 fields: found "1 | a"',
    ],
    [
      'a quote that is not closed',
      ['a.csv', 'id,caption\n1,a\n2,"b\n3,c\n'],
      TableRowError,
      'a.csv:3: a double quote opens column caption and none closes it; close it, and write a quote inside a quoted field twice: found "2,\\"b"',
    ],
    [
      'a quote inside a field',
      ['a.csv', 'id,caption\n1,a 5" scan\n'],
      TableRowError,
      'a.csv:2: a double quote stands inside column caption; put the whole field in double quotes, and write each quote inside twice: found "1,a 5\\" scan"',
    ],
    [
      'text after a quoted field',
      ['a.csv', 'id,caption\n1,"a" scan\n'],
      TableRowError,
      'a.csv:2: a double quote stands inside column caption; put the whole field in double quotes, and write each quote inside twice: found "1,\\"a\\" scan"',
    ],
    [
      'a row without a name',
      ['a.csv', 'filepath,caption\na.png,a\n ,b\n'],
      TableRowError,
      'a.csv:3: filepath is empty; fill it in, or remove the row',
    ],
    [
      'an id of two captions',
      ['a.csv', 'id,caption\n1,a\n2,b\n1,c\n'],
      DuplicateIdError,
      'a.csv:4: has the id "1" of line 2, with another image and caption; give each row an id of its own, or name the image in a column image where it has several captions',
    ],
    [
      'a line that is no JSON',
      ['a.jsonl', '{"id":"1","caption":"a"}\n\n{"id":"2","caption":\n'],
      TableRowError,
      'a.jsonl:3: is no JSON: found "{\\"id\\":\\"2\\",\\"caption\\":"; a table in JSON is an array of objects, or an object a line',
    ],
    [
      'an element that is no object',
      ['a.json', '[\n  {"id": "1",\n   "caption": "a, [b]"},\n  7\n]\n'],
      TableRowError,
      'a.json:4: is no object: found "7"; a table in JSON is an array of objects, or an object a line',
    ],
    [
      'an array cut short',
      ['a.json', '[{"id": "1", "caption": "a"},\n{"id": "2", '],
      TableRowError,
      'a.json:2: the array is not closed; the file seems to be cut short',
    ],
    [
      'more after an array',
      ['a.json', '[{"id": "1", "caption": "a"}]\n]'],
      TableRowError,
      'a.json:1: goes on after the array\'s end: found "]"; remove it',
    ],
    [
      'a caption that is a list',
      ['a.json', '[{"id": "1", "caption": ["a", "b"]}]'],
      TableRowError,
      'a.json:1: caption must be a string, got ["a","b"]; give one object for each text',
    ],
    [
      'a caption that is not there',
      ['a.jsonl', '{"id":1,"caption":"a"}\n{"id":2,"caption":null}\n'],
      TableRowError,
      'a.jsonl:2: caption is empty; fill it in, or remove the row',
    ],
    [
      'Latin-1',
      ['a.csv', Buffer.from('id,caption\n1,\xe9\n', 'latin1')],
      TextEncodingError,
      'a.csv:2: is not UTF-8; as Windows-1252 the line reads "1,é": if that is right, pass --encoding windows-1252, else save the file as UTF-8',
    ],
    [
      'a workbook',
      ['a.csv', Buffer.from('PK\x03\x04\0\0\xff', 'latin1')],
      TextEncodingError,
      'a.csv:1: is not UTF-8; it has zero bytes, so it is no text: save it as CSV from the program that made it',
    ],
    [
      'a zero byte',
      ['a.csv', 'id,caption\n1,a\n2,b\0\n'],
      TableRowError,
      'a.csv:3: has a zero byte, so it is no text; save it as CSV from the program that made it',
    ],
    [
      'not in the encoding that is named',
      ['a.csv', Buffer.from('id,caption\n1,\x81\n', 'latin1'), { encoding: 'shift_jis' }],
      TextEncodingError,
      'a.csv:2: is not SHIFT_JIS; save the file as UTF-8',
    ],
    [
      'another ending',
      ['a.xlsx', 'PK'],
      CaptionsFormatError,
      'a.xlsx: a captions file must end in .csv, .tsv, .json, .jsonl, .ndjson or .txt',
    ],
    ['nothing', ['empty.txt', ''], NoCaptionsError, 'empty.txt: has no captions'],
    ['nothing', ['empty.csv', ''], NoCaptionsError, 'empty.csv: has no captions'],
    ['a header alone', ['header.csv', 'id,caption\n'], NoCaptionsError, 'header.csv: has no captions'],
    ['an empty array', ['empty.json', '[ ]\n'], NoCaptionsError, 'empty.json: has no captions'],
    [
      'ids and captions in a text file',
      ['a.txt', 'ROCO_1\tchest X-ray\nROCO_2\tbrain MRI\n'],
      CaptionLinesError,
      'a.txt:1: its lines are fields between tabs, not captions alone; write the header id<tab>caption, or image<tab>caption, above them, and name the file .tsv',
    ],
    [
      'JSON lines in a text file',
      ['a.txt', '\n{"id":1,"caption":"a"}\n'],
      CaptionLinesError,
      'a.txt:2: its lines are JSON objects, not captions alone; name the file .jsonl',
    ],
    [
      'a CSV in a text file',
      ['a.txt', 'image,caption\na.png,chest X-ray\n'],
      CaptionLinesError,
      'a.txt:1: its lines are the rows of a table, not captions alone; name the file .csv or .tsv',
    ],
    [
      'its rows alone',
      ['a.txt', 'a.png,chest X-ray\nsub/b.jpg, brain MRI\n'],
      CaptionLinesError,
      'a.txt:1: its lines are names of images with captions, not captions alone; write the header image,caption above them, and name the file .csv or .tsv',
    ],
  ] as [
    string,
    [string, string | Uint8Array, ReadCaptionsOptions?],
    new (...args: never[]) => Error,
    string,
  ][])('%s', async (_, [name, content, options], kind, expected) => {
    const { error, message } = await failure(name, content, options);
    expect(message).toBe(expected);
    expect(error).toBeInstanceOf(kind);
  });

  test('no such file, or a directory', async () => {
    await expect(readFile(join(folder, 'nothing.txt'))).rejects.toThrow(TextFileReadError);
    await mkdir(join(folder, 'folder.txt'));
    await expect(readFile(join(folder, 'folder.txt'))).rejects.toThrow(/cannot be read: it is a directory$/);
  });
});
