import { openArchive, openArchiveImages } from '../../../src/archives/open-archive.ts';
import { BiomedClipError } from '../../../src/errors.ts';
import { blobSource } from '../../../src/platform/blob-source.ts';
import { memorySource } from '../../../src/platform/given-file.ts';
import { type CaptionsOptions, readCaptionsFile } from '../../../src/tables/captions.ts';
import { golden, texts, together } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

const CSV = 'image,caption,label\na.png,"a ""chest"" x-ray",chest\nb.png,"two\nlines",\n';
const CSV_WORDS = [
  'image,caption',
  'id,text',
  '"',
  '""',
  '\r\n',
  '\t',
  ';',
  '\xef\xbb\xbf',
  '\xff\xfe',
  '\0',
  ',label',
  ',,,,',
];

function captions(name: string, file: string, seeds: Target['seeds'], options: CaptionsOptions = {}): Target {
  return {
    name,
    seeds,
    words: CSV_WORDS,
    cases: 1500,
    async read(bytes) {
      const { kind, captions: rows } = readCaptionsFile(bytes, file, options);
      expectThat(rows.length > 0, 'no captions');
      for (const { id, text } of rows)
        expectThat(typeof id === 'string' && typeof text === 'string', 'a row without an id or a text');
      if (kind === 'lines') return;
      const lines = rows.map(({ id, text, image = id, label = '', group = '' }) =>
        JSON.stringify({ image, caption: text, label, group }),
      );
      const again = readCaptionsFile(new TextEncoder().encode(lines.join('\n')), 'again.jsonl');
      const textsOf = (list: typeof rows) =>
        list.map(({ text, label }) => [LONE_SURROGATE.test(text) ? '' : text, label]);
      expectSame(textsOf(again.captions), textsOf(rows), 'written as JSON lines and read again');
    },
  };
}

/** All pairs, and all images of an archive. */
async function pairsOf(source: ReturnType<typeof memorySource>): Promise<unknown> {
  const archive = await openArchive(source, { imagesAlone: true });
  expectThat(archive.rows.length > 0, 'an archive without rows');
  const seen: unknown[] = [];
  for (const { id, text, member } of archive.rows) {
    const image = member === undefined ? undefined : await answer(() => archive.read(member));
    seen.push([id, text, image]);
  }
  await archive.close();
  return [seen, archive.notes];
}

function archiveTarget(
  name: string,
  file: string,
  seeds: Target['seeds'],
  more: Partial<Target> = {},
): Target {
  return {
    name,
    seeds,
    cases: 500,
    memory: (length) => (128 << 20) + 1100 * length,
    async read(bytes) {
      const one = await answer(() => pairsOf(memorySource(file, bytes)));
      const other = await answer(() => pairsOf(blobSource(file, new Blob([new Uint8Array(bytes)]))));
      expectSame(one, other, 'from memory and from a Blob');
      const images = await openArchiveImages(memorySource(file, bytes));
      await images.read('0').catch((error: unknown) => {
        if (!(error instanceof BiomedClipError)) throw error;
      });
      await pairsOf(memorySource(file, bytes));
    },
    ...more,
  };
}

/** JSON has escapes for them, and UTF-8 has nothing. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const BLOCK = 512;

/** A tar of small members, in place of those in `golden`, which are padded to 20 KB. */
function smallTar(members: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(members).flatMap(([name, text]) => {
    const header = Buffer.alloc(BLOCK);
    header.write(name);
    header.write('0000644\0', 100);
    header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0ustar\0', 156);
    const data = Buffer.alloc(Math.ceil(text.length / BLOCK) * BLOCK);
    data.write(text);
    return [header, data];
  });
  return withTarSums(new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])));
}

/** Every block that looks like a header gets its sum. */
function withTarSums(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  for (let at = 0; at + BLOCK <= result.length; at += BLOCK) {
    const block = result.subarray(at, at + BLOCK);
    if (
      String.fromCharCode(...block.subarray(257, 262)) !== 'ustar' &&
      String.fromCharCode(...block.subarray(157, 162)) !== 'ustar'
    )
      continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    Buffer.from(block.buffer, block.byteOffset).write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return result;
}

const tars = async () => [
  smallTar({
    'a.png': 'PNG',
    'a.txt': 'a chest',
    'b.jpg': 'JPG',
    'b.json': '{"caption":"b","label":"x"}',
    'b.cls': '3',
  }),
  smallTar({ 'x/a.png': 'PNG', 'x/a.json': '{"text":["one","two"],"id":"7"}', '@x': '12 path=a.p\n' }),
];

async function gzipped(): Promise<Uint8Array[]> {
  const { gzipSync } = await import('node:zlib');
  return (await tars()).map((bytes) => new Uint8Array(gzipSync(bytes)));
}

const JSON_ROWS = [
  { image: 'a.png', caption: 'a', label: 'x' },
  { image: 'b.png', caption: 'b', n: 1 },
];

export const tables: readonly Target[] = [
  captions('captions-csv', 'c.csv', together(texts(CSV, 'id;text\n1;x\n'), golden('archives', /\.csv$/))),
  captions('captions-tsv', 'c.tsv', together(texts('id\tcaption\n1\tx\n'), golden('archives', /\.tsv$/))),
  captions('captions-json', 'c.json', texts(JSON_ROWS)),
  captions('captions-jsonl', 'c.jsonl', texts(JSON_ROWS.map((row) => JSON.stringify(row)).join('\n'))),
  captions('captions-txt', 'c.txt', texts('a chest\nanother\n\n')),
  captions('captions-guess', '-', texts(CSV, JSON_ROWS, 'a chest\nanother\n'), {
    guess: true,
    encodingOption: 'pass --encoding',
  }),
  captions('captions-utf16', 'c.csv', async () => [new Uint8Array(Buffer.from(`\ufeff${CSV}`, 'utf16le'))]),
  archiveTarget('tar', 'pairs.tar', tars, {
    repair: withTarSums,
    words: ['ustar', '.png', '.json', '00000000000', '\x80\0\0\0', 'path=', 'GNU.sparse'],
  }),
  archiveTarget('tar-gz', 'pairs.tar.gz', gzipped, { words: ['\x1f\x8b\x08'] }),
  archiveTarget('parquet', 'pairs.parquet', golden('archives', /\.parquet$/, 2000), {
    words: ['PAR1', 'PARE', '\x15\x04', '\x19\x1c', '\xff\xff\xff\xff\x0f'],
  }),
];
