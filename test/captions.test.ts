// The judge is the format as the command line documents it, and RFC 4180 for quoting.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCaptions } from '../src/node/captions.ts';
import {
  CaptionsFormatError,
  CaptionsHeaderError,
  CaptionsRowError,
  NoCaptionsError,
  TextEncodingError,
  TextFileReadError,
} from '../src/node/errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'captions-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array) {
  await writeFile(join(folder, name), content);
  return readCaptions(join(folder, name));
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
  ])('%s', async (_, content, expected) => {
    expect((await read('captions.csv', content)).map(({ text }) => text)).toEqual(expected);
  });

  test('an image column goes before an id column', async () => {
    const [caption] = await read('both.csv', 'id,image,caption\n7,a.png,a\n');
    expect(caption).toMatchObject({ id: 'a.png', image: join(folder, 'a.png') });
  });
});

describe('errors name file and line', () => {
  const failure = async (name: string, content: string | Uint8Array) => {
    const error = (await read(name, content).catch((e: unknown) => e)) as Error;
    return { error, message: error.message.replace(`${folder}/`, '') };
  };

  test('another header', async () => {
    const { error, message } = await failure('a.csv', '\n\nfile,text\na,b\n');
    expect(error).toBeInstanceOf(CaptionsHeaderError);
    expect(message).toBe(
      'a.csv:3: the header must have the columns "image,caption" or "id,caption", got "file,text"',
    );
  });

  test('a comma outside quotes', async () => {
    const { error, message } = await failure('a.csv', 'id,caption\n1,a\n2,b, c\n');
    expect(error).toBeInstanceOf(CaptionsRowError);
    expect(message).toBe(
      'a.csv:3: has 3 fields, not as many as the header; put a caption with commas in double quotes',
    );
  });

  test('a quote that is not closed', async () => {
    const { error, message } = await failure('a.csv', 'id,caption\n1,a\n2,"b\n');
    expect(error).toBeInstanceOf(CaptionsRowError);
    expect(message).toMatch(/^a\.csv:\d: Quote Not Closed/);
  });

  test('a row without a name', async () => {
    const { error, message } = await failure('a.csv', 'image,caption\na.png,a\n ,b\n');
    expect(error).toBeInstanceOf(CaptionsRowError);
    expect(message).toBe('a.csv:3: image is empty');
  });

  test.each([
    ['a.txt', 2],
    ['a.csv', 2],
  ])('%s in Latin-1', async (name, line) => {
    const { error, message } = await failure(name, Buffer.from('id,caption\n1,\xe9\n', 'latin1'));
    expect(error).toBeInstanceOf(TextEncodingError);
    expect(message).toBe(`${name}:${line}: is not UTF-8; save the file as UTF-8`);
  });

  test.each([
    ['empty.txt', ''],
    ['empty.csv', ''],
    ['header-only.csv', 'id,caption\n'],
  ])('nothing in %s', async (name, content) => {
    const { error, message } = await failure(name, content);
    expect(error).toBeInstanceOf(NoCaptionsError);
    expect(message).toBe(`${name}: has no captions`);
  });

  test('another ending', async () => {
    const { error, message } = await failure('a.tsv', 'id\tcaption\n');
    expect(error).toBeInstanceOf(CaptionsFormatError);
    expect(message).toBe('a.tsv: a captions file must end in .csv or .txt');
  });

  test('no such file, or a directory', async () => {
    await expect(readCaptions(join(folder, 'nothing.txt'))).rejects.toThrow(TextFileReadError);
    await mkdir(join(folder, 'folder.txt'));
    await expect(readCaptions(join(folder, 'folder.txt'))).rejects.toThrow(
      /cannot be read: it is a directory$/,
    );
  });
});
