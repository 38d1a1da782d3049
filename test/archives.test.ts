// Sets of pairs in one file. Judges: the images and captions that golden/archives.py put into tars by Python's tarfile and
// GNU tar, and golden/archives.mjs into Parquet by DuckDB.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test, vi } from 'vitest';
import { type ArchiveOptions, isArchiveName } from '../src/archives/archive.ts';
import { ArchiveError, DuplicateItemError, NoPairsError } from '../src/archives/errors.ts';
import { openArchive, openArchiveImages } from '../src/archives/open-archive.ts';
import type { PairOptions } from '../src/archives/open-pairs.ts';
import { shardNames } from '../src/archives/shards.ts';
import { UnknownOptionError } from '../src/errors.ts';
import { IMAGE_ENDINGS } from '../src/image/endings.ts';
import { openPairs } from '../src/index.ts';
import { blobSource } from '../src/platform/blob-source.ts';
import { CaptionsHeaderError, NoCaptionsError, TextEncodingError } from '../src/tables/errors.ts';
import { rejection } from './support/memory-files.ts';

const folder = new URL('golden/archives/', import.meta.url).pathname;
const golden = (name: string) => new Uint8Array(readFileSync(folder + name));
const { names, captions, classes, groups } = JSON.parse(readFileSync(`${folder}pairs.json`, 'utf8')) as {
  names: string[];
  captions: string[][];
  classes: string[];
  groups: string[];
};
const pairs = names.flatMap((name, i) =>
  (captions[i] ?? []).map((text) => ({
    bytes: golden(`images/${name}`),
    ...{ text, item: i, label: classes[i], group: groups[i] },
  })),
);

const source = (bytes: Uint8Array, name: string) => blobSource(name, new Blob([new Uint8Array(bytes)]));
const open = (bytes: Uint8Array, name = 'set.tar', options?: ArchiveOptions) =>
  openArchive(source(bytes, name), options);
const failure = async (bytes: Uint8Array, name?: string, options?: ArchiveOptions) =>
  (await rejection(open(bytes, name, options))) as Error;

/** The pairs of a set, with the bytes of their images, and their ids as numbers in order of appearance. */
async function contents(file: string | Blob, options?: PairOptions) {
  const set = await openPairs(file, options);
  const items = [...new Set(set.pairs.map(({ id }) => id))];
  const read = [];
  for (const { id, image, text, label, group } of set.pairs) {
    const bytes =
      typeof image === 'string'
        ? new Uint8Array(readFileSync(image))
        : await (image as { read(): unknown }).read();
    read.push({ bytes, text, item: items.indexOf(id), label, group });
  }
  await set.close();
  return { read, notes: set.notes, ids: items };
}

describe('the same pairs from every file', () => {
  const nested = { columns: { caption: 'findings.report' } };
  test.each<[string, PairOptions?]>([
    ['pairs.csv'],
    ['pairs.tsv'],
    ['pairs.jsonl'],
    ['pax.tar'],
    ['gnu.tar'],
    ['ustar.tar.gz'],
    ['hugging-face.parquet'],
    ['bytes.parquet'],
    ['paths.parquet', nested],
  ])('%s', async (name, options) => {
    const { read, notes } = await contents(folder + name, options);
    expect(read).toEqual(pairs);
    expect(notes).toEqual([]);
  });

  test.each(['uncompressed', 'gzip', 'lz4_raw'])('Parquet compressed by %s', async (codec) => {
    const { read } = await contents(`${folder}${codec}.parquet`);
    expect(read.map(({ text, bytes }) => ({ text, bytes }))).toEqual(
      pairs.map(({ text, bytes }) => ({ text, bytes })),
    );
  });

  test('a Blob without a name, told by its first bytes', async () => {
    for (const name of ['gnu.tar', 'ustar.tar.gz', 'hugging-face.parquet']) {
      expect((await contents(new Blob([golden(name)]))).read).toEqual(pairs);
    }
  });

  test('images alone, by their addresses and in any order', async () => {
    for (const [name, members] of [
      ['gnu.tar', ['07.jpg', '00.png', '03.png']],
      ['ustar.tar.gz', ['07.jpg', '00.png', '03.png']],
      ['hugging-face.parquet', ['7', '0', '3']],
      ['bytes.parquet', ['picture:10', '0', '5']],
    ] as const) {
      const images = await openArchiveImages(source(golden(name), name));
      const read = await Promise.all(members.map((member) => images.read(member)));
      expect(read).toEqual(['07.jpg', '00.png', '03.png'].map((image) => golden(`images/${image}`)));
      const missing = await rejection(images.read('none'));
      expect(missing).toBeInstanceOf(ArchiveError);
    }
  });
});

describe('Parquet', () => {
  const image = (i: number) => golden(`images/${names[i]}`);
  const table = (
    columns: Record<string, { type?: string; data: unknown[]; nullable?: boolean }>,
    options = {},
  ) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: Object.entries(columns).map(([name, column]) => ({ name, ...column })) as never,
        ...options,
      }),
    );
  const bytes = (...images: (Uint8Array | null)[]) => ({ type: 'BYTE_ARRAY', data: images });
  const strings = (...data: (string | null)[]) => ({ type: 'STRING', data });

  test('many row groups and pages, of which few are read for an image', async () => {
    const count = 30;
    const file = table(
      {
        image: bytes(...Array.from({ length: count }, (_, i) => image(i % 8))),
        caption: strings(...Array.from({ length: count }, (_, i) => `caption ${i}`)),
      },
      { rowGroupSize: 10, pageSize: 512, codec: 'UNCOMPRESSED' },
    );
    const read = vi.fn(source(file, 'a.parquet').read);
    const archive = await openArchive({ ...source(file, 'a.parquet'), read });
    expect(archive.rows.map(({ text, member }) => [text, member])).toEqual(
      Array.from({ length: count }, (_, i) => [`caption ${i}`, String(i)]),
    );
    for (let i = 0; i < count; i++) expect(await archive.read(String(i))).toEqual(image(i % 8));
    read.mockClear();
    expect(await archive.read('13')).toEqual(image(13 % 8));
    const [[, length = 0] = []] = read.mock.calls;
    expect(read.mock.calls).toHaveLength(1);
    expect(length).toBeLessThan(2048); // a page, not the group's images
  });

  test('rows without a caption or an image, ids by path, column and number', async () => {
    const file = table({
      image: bytes(image(0), null, image(2)),
      caption: strings('a', 'b', null),
    });
    const archive = await open(file, 'x/a.parquet');
    expect(archive.rows).toEqual([
      { id: 'a.parquet#0', text: 'a', member: '0' },
      { id: 'a.parquet#1', text: 'b' },
      { id: 'a.parquet#2', member: '2' },
    ]);
    expect(archive.notes).toEqual([
      'x/a.parquet: no caption for 1 image (a.parquet#2)',
      'x/a.parquet: no image for 1 caption (a.parquet#1)',
    ]);
    expect(await rejection(archive.read('1'))).toMatchObject({
      message: 'x/a.parquet#1: image is empty in this row',
    });
    const twice = table({
      id: strings('p', 'p'),
      image: bytes(image(0), image(1)),
      caption: strings('a', 'b'),
    });
    expect(await failure(twice, 'a.parquet')).toEqual(
      new DuplicateItemError('p', 'a.parquet#1', 'a.parquet#0'),
    );
    const one = table({
      id: strings('p', 'p'),
      image: bytes(image(0), image(0)),
      caption: strings('a', 'b'),
    });
    expect((await open(one, 'a.parquet')).rows.map(({ id }) => id)).toEqual(['p', 'p']);
    const empty = table({
      id: strings('p', null),
      image: bytes(image(0), image(0)),
      caption: strings('a', 'b'),
    });
    expect((await failure(empty, 'a.parquet')).message).toBe(
      'a.parquet#1: id is empty; fill it in, or remove the row',
    );
  });

  test('images and classes without captions', async () => {
    const file = table({ image: bytes(image(0), image(1)), label: { type: 'INT32', data: [3, 1] } });
    const alone = await open(file, 'a.parquet', { imagesAlone: true });
    expect(alone.rows.map(({ label, member }) => [label, member])).toEqual([
      ['3', '0'],
      ['1', '1'],
    ]);
    const error = await failure(file, 'a.parquet', { byOption: true });
    expect(error).toBeInstanceOf(CaptionsHeaderError);
    expect(error.message).toBe(
      'a.parquet: no column is known to hold the captions; its columns are "image", "label"; name it with ' +
        '--caption-column, or rename the right one "caption"',
    );
  });

  test('files that cannot be read', async () => {
    const file = golden('hugging-face.parquet');
    const cases: [Uint8Array, RegExp][] = [
      [file.slice(0, 3000), /^a\.parquet: is cut short: it does not end as a Parquet file does/],
      [golden('gnu.tar'), /^a\.parquet: is no Parquet file: it begins with "00\.p", not with PAR1$/],
      [new Uint8Array(), /^a\.parquet: is no Parquet file: it begins with "", not with PAR1$/],
      [
        changed(file, file.length - 8, [255, 255, 255, 127]),
        /is damaged: the metadata at its end cannot be read/,
      ],
      [changed(file, file.length - 300, new Array(100).fill(255)), /is damaged/],
    ];
    for (const [bytes, message] of cases) {
      const error = await failure(bytes, 'a.parquet');
      expect(error).toBeInstanceOf(ArchiveError);
      expect(error.message).toMatch(message);
    }
    const none = table({ image: bytes(), caption: strings() });
    expect(await failure(none, 'a.parquet')).toEqual(new NoCaptionsError('a.parquet'));
    const captions = { type: 'BYTE_ARRAY', data: [new Uint8Array([0x66, 0xfc, 0x72])] };
    const latin = table({ image: strings('a.png'), caption: captions });
    expect((await failure(latin, 'a.parquet')).message).toBe(
      'a.parquet#0: caption is not UTF-8; write it as text',
    );
  });

  test('a page of absurd size is not read, and a damaged one is told', async () => {
    const file = table({ image: bytes(image(0)), caption: strings('a') }, { codec: 'UNCOMPRESSED' });
    // A header of Thrift's compact protocol: type 0, uncompressed 2,147,483,646 bytes, compressed 8.
    const huge = changed(file, 4, [0x15, 0x00, 0x15, 0xfc, 0xff, 0xff, 0xff, 0x0f, 0x15, 0x10, 0x00]);
    const error = (await failure(huge, 'a.parquet')) as Error;
    expect(error.message).toMatch(
      /^a\.parquet: has a part of column image of 2,147,483,646 bytes; at most 1,073,741,824 bytes are read/,
    );
    const negative = changed(file, 4, [0x15, 0x00, 0x15, 0x10, 0x15, 0x11, 0x00]);
    expect((await failure(negative, 'a.parquet')).message).toMatch(/^a\.parquet: is damaged: .*column image/);
  });
});

describe('tar', () => {
  test('WebDataset: what is no part of a pair, images and captions alone', async () => {
    const tar = tarOf([
      ['./dir/a.left.PNG', 'left'],
      ['dir/a.right.png', 'right'],
      ['dir/a.txt', 'both\r\n'],
      ['dir/._a.png', 'of a Mac'],
      ['dir/b.jpg', 'b'],
      ['../../c.txt', 'alone'],
      ['README', 'text'],
      ['dir/d.mp4', 'film'],
    ]);
    const { rows, notes } = await open(tar);
    expect(rows).toEqual([
      { id: 'dir/a', text: 'both', member: 'dir/a.left.PNG' },
      { id: 'dir/a', text: 'both', member: 'dir/a.right.png' },
      { id: 'dir/b', member: 'dir/b.jpg' },
      { id: 'c', text: 'alone' },
    ]);
    expect(notes).toEqual([
      'set.tar: left out, being no part of a pair: 1 .png, 1 no ending, 1 .mp4',
      'set.tar: no caption for 1 image (dir/b)',
      'set.tar: no image for 1 caption (c)',
    ]);
  });

  test.each(IMAGE_ENDINGS)('a member is an image by the endings that folders have: %s', async (ending) => {
    const { rows } = await open(
      tarOf([
        [`a${ending}`, 'pixels'],
        ['a.txt', 'caption'],
      ]),
    );
    expect(rows).toEqual([{ id: 'a', text: 'caption', member: `a${ending}` }]);
  });

  test('JSON: columns by name, ids, encodings', async () => {
    const json = (fields: object) => JSON.stringify(fields);
    const tar = tarOf([
      ['0.png', ''],
      ['0.json', json({ title: 'one', key: '0', study: 7, width: 3 })],
      ['1.png', ''],
      ['1.json', json({ title: 'one', study: 7 })],
    ]);
    const columns = { id: 'study' };
    expect((await open(tar, 'set.tar', { columns })).rows.map(({ id, text }) => [id, text])).toEqual([
      ['7', 'one'],
      ['7', 'one'],
    ]);
    const apart = tarOf([
      ['0.json', json({ text: 'one', study: 7 })],
      ['1.json', json({ text: 'two', study: 7 })],
    ]);
    expect(await failure(apart, 'set.tar', { columns })).toEqual(
      new DuplicateItemError('7', 'set.tar#1', 'set.tar#0'),
    );
    const latin = tarOf([['0.txt', new Uint8Array([0x66, 0xfc, 0x72])]]);
    expect((await open(latin, 'set.tar', { encoding: 'windows-1252' })).rows[0]?.text).toBe('für');
    const error = await failure(latin, 'set.tar', { byOption: true });
    expect(error).toBeInstanceOf(TextEncodingError);
    expect(error.message).toMatch(/^set\.tar#0\.txt:1: is not UTF-8; .* pass --encoding windows-1252/);
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'cut short in a member',
      golden('gnu.tar').slice(0, 600),
      /^set\.tar: is cut short: a member has 185 bytes/,
    ],
    [
      'cut short in a header',
      golden('gnu.tar').slice(0, 1300),
      /^set\.tar: is cut short: byte 1024 should begin/,
    ],
    [
      'gzip cut short',
      golden('ustar.tar.gz').slice(0, 2000),
      /^set\.tar: is damaged or cut short: what it holds/,
    ],
    [
      'a tar cut short, then gzip',
      gzipSync(golden('gnu.tar').slice(0, 700)),
      /^set\.tar: is cut short: byte 1024/,
    ],
    ['no tar', golden('images/07.jpg'), /^set\.tar: is no tar file: its first 512 bytes are no header/],
    ['nothing', new Uint8Array(), /^set\.tar: is no tar file: it has 0 bytes/],
    [
      'another compression',
      new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0]),
      /is compressed by zstd, which is not read/,
    ],
    [
      'a damaged header',
      changed(golden('gnu.tar'), 1030, [1]),
      /is damaged: at byte 1024 there is no header/,
    ],
    ['no JSON', tarOf([['a.json', '[1]']]), /^set\.tar#a\.json: is no JSON object: found "\[1\]"$/],
    [
      'a caption that is none',
      tarOf([['a.json', '{"caption":{}}']]),
      /its caption must be a string or a list of them/,
    ],
    [
      'a label that is none',
      tarOf([['a.json', '{"label":[1]}']]),
      /its label must be a string or a number, got \[1\]/,
    ],
    [
      'a name with control characters',
      tarOf([['a\n.png', '']]),
      /a member's name, "a\\n\.png", is not UTF-8/,
    ],
    ['a link to nothing', tarOf([['b.png', '', '1', 'a.png']]), /^set\.tar#b\.png: is a link to "a\.png"/],
    ['a sparse member', tarOf([['b.png', '', 'S']]), /^set\.tar#b\.png: is stored sparse/],
    ['damaged pax fields', tarOf([['x', '99 path=a\n', 'x']]), /the pax fields at byte 512 cannot be read/],
  ])('%s', async (_, bytes, message) => {
    const error = await failure(bytes);
    expect(error).toBeInstanceOf(ArchiveError);
    expect(error.message).toMatch(message);
  });

  test('absurd sizes, in a header and of a text', async () => {
    const header = tarOf([['a.png', '']]).slice(0, 512);
    const size = sized(header, 2 ** 40); // GNU's way of writing more than 8 GiB
    expect((await failure(size)).message).toMatch(/is cut short: a member has 1,099,511,627,776 bytes/);
    const packed = await openArchiveImages(source(gzipSync(size), 'set.tar.gz'));
    expect(await rejection(packed.read('a.png'))).toMatchObject({
      message: 'set.tar.gz#a.png: has 1,099,511,627,776 bytes; at most 1,073,741,824 bytes are read',
    });
    const text = tarOf([['a.txt', new Uint8Array(2 ** 24 + 1)]]);
    expect((await failure(text)).message).toBe(
      'set.tar#a.txt: has 16,777,217 bytes; at most 16,777,216 bytes are read',
    );
  });

  test('two members of one name, a hard link, a tar without its end', async () => {
    const twice = tarOf([
      ['a.png', '1'],
      ['./a.png', '2'],
    ]);
    expect(await failure(twice)).toEqual(
      new DuplicateItemError('a.png', 'set.tar#a.png (byte 1536)', 'set.tar#a.png (byte 512)'),
    );
    const link = tarOf([
      ['a.png', 'bytes'],
      ['b.png', '', '1', './a.png'],
    ]);
    const archive = await open(link.slice(0, -1024));
    expect(new TextDecoder().decode(await archive.read('b.png'))).toBe('bytes');
    expect(archive.notes[0]).toBe('set.tar: has no end mark, two blocks of zeros; it may be cut short');
  });

  test('large members are jumped over where the file can be read anywhere', async () => {
    const tar = tarOf([
      ['a.png', new Uint8Array(2 ** 20)],
      ['a.txt', 'one'],
      ['b.png', new Uint8Array(2 ** 20)],
      ['b.txt', 'two'],
    ]);
    let bytes = 0;
    const counted = source(tar, 'set.tar');
    const archive = await openArchive({
      ...counted,
      read: (offset, length) => {
        bytes += length;
        return counted.read(offset, length);
      },
    });
    expect(archive.rows.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(bytes).toBeLessThan(2 ** 19);
    expect(await archive.read('b.png')).toHaveLength(2 ** 20);
  });

  test('compressed members in their order are read in one pass, few bytes being held', async () => {
    const packed = gzipSync(tarOf(Array.from({ length: 200 }, (_, i) => [`${i}.png`, noise(8192, i)])));
    const counted = source(packed, 'set.tar.gz');
    let bytes = 0;
    const images = await openArchiveImages({
      ...counted,
      read: (offset, length) => {
        bytes += length;
        return counted.read(offset, length);
      },
    });
    const read = await Promise.all(Array.from({ length: 200 }, (_, i) => images.read(`${i}.png`)));
    expect(read.every((image, i) => Buffer.compare(image, noise(8192, i)) === 0)).toBe(true);
    expect(bytes).toBeLessThan(packed.length * 1.1);
    expect(gunzipSync(packed).length).toBeGreaterThan(1_700_000);
  });
});

describe('openPairs', () => {
  test('several files are one set; the same id in two is an error', async () => {
    const file = (name: string, key: string) =>
      new File(
        [
          new Uint8Array(
            tarOf([
              [`${key}.png`, key],
              [`${key}.txt`, key],
            ]),
          ),
        ],
        name,
      );
    const set = await openPairs([file('0.tar', 'a'), file('1.tar', 'b')]);
    expect(set.pairs.map(({ id, text }) => [id, text])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(set.pairs[1]?.image).toMatchObject({ name: '1.tar#b.png' });
    expect(await rejection(openPairs([file('0.tar', 'a'), file('1.tar', 'a')]))).toEqual(
      new DuplicateItemError('a', '1.tar', '0.tar'),
    );
  });

  test('names of shards, and of archives', () => {
    expect(shardNames('s-{008..010}.tar')).toEqual(['s-008.tar', 's-009.tar', 's-010.tar']);
    expect(shardNames('{0..1}/{0..1}')).toEqual(['0/0', '0/1', '1/0', '1/1']);
    expect(shardNames('a-{3..1}.tar')).toEqual(['a-{3..1}.tar']);
    const archives = ['a.tar', 'a.TAR.GZ', 'a.tgz', 'b.parquet', 'https://host/a.parquet?download=true'];
    expect(archives.every(isArchiveName)).toBe(true);
    expect(['a.csv', 'a.gz', 'tar', 'https://host/a?b=c.tar'].some(isArchiveName)).toBe(false);
  });

  test('no pairs, and options that are none', async () => {
    const blob = new File([new Uint8Array(tarOf([['a.png', '']]))], 'a.tar');
    expect(await rejection(openPairs(blob))).toEqual(
      new NoPairsError(['a.tar'], ['a.tar: no caption for 1 image (a)']),
    );
    expect(await rejection(openPairs(blob, { column: {} } as object))).toBeInstanceOf(UnknownOptionError);
    expect(await rejection(openPairs(blob, { columns: { captions: 'a' } as object }))).toBeInstanceOf(
      UnknownOptionError,
    );
    expect(((await rejection(openPairs([]))) as Error).message).toMatch(/^source must be at least one file/);
  });

  test('a tar that GNU tar reads too is one that it was given', () => {
    const tar = tarOf([['a/b.png', 'bytes']]);
    expect(execFileSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' })).toBe('a/b.png\n');
  });
});

type Member = readonly [name: string, data: string | Uint8Array, type?: string, link?: string];

/** A tar by hand, so that it may be wrong. The last test shows that it is one. */
function tarOf(members: readonly Member[]): Uint8Array {
  const blocks = members.flatMap(([name, data, type = '0', link = '']) => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const header = new Uint8Array(512);
    const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put(link, 157);
    put('0000644\0', 100);
    put(type, 156);
    put('ustar\x0000', 257);
    const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    return [sized(header, bytes.length), padded];
  });
  return new Uint8Array(Buffer.concat([...blocks, new Uint8Array(1024)]));
}

/** A header with another size, in octal or what GNU writes instead, and its sum. */
function sized(header: Uint8Array, size: number): Uint8Array {
  const result = header.slice();
  if (size < 8 ** 11) result.set(new TextEncoder().encode(`${size.toString(8).padStart(11, '0')}\0`), 124);
  else {
    result.set([0x80, 0, 0, 0], 124);
    new DataView(result.buffer).setBigUint64(128, BigInt(size));
  }
  result.fill(0x20, 148, 156);
  const sum = result.reduce((total, byte) => total + byte, 0);
  result.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return result;
}

function changed(bytes: Uint8Array, at: number, others: readonly number[]): Uint8Array {
  const result = bytes.slice();
  result.set(others, at);
  return result;
}

/** What does not compress. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
