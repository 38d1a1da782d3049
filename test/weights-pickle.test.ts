// Judge: the opcodes' definitions in Python's pickletools, by hand-made pickles.
import { expect, test } from 'vitest';
import * as errors from '../weights/errors.ts';
import {
  PickleDict,
  PickleGlobal,
  type PickleHost,
  type PickleList,
  PickleTuple,
  PickleUnknown,
  unpickle,
} from '../weights/pickle.ts';

const host: PickleHost = {
  knows: (global) => global === 'm.f',
  call: (_, args) => (args.length === 0 ? new PickleDict() : undefined),
  persistent: (id) => (id === 'known' ? 1 : undefined),
};

const run = (...parts: (string | number | number[])[]) =>
  unpickle(
    'test.pkl',
    Uint8Array.from(
      parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)),
    ),
    host,
  );

test.each([
  ['None', ['N'], null],
  ['True', ['\x88'], true],
  ['False', ['\x89'], false],
  ['BININT', ['J', [0xfe, 0xff, 0xff, 0xff]], -2],
  ['BININT1', ['K', 200], 200],
  ['BININT2', ['M', [0x70, 0x11]], 0x1170],
  ['LONG1 of 0 bytes', ['\x8a', 0], 0],
  ['LONG1, negative', ['\x8a', 2, [0x00, 0xff]], -256],
  ['LONG1, large', ['\x8a', 6, [0, 0, 0, 0, 0, 1]], 2 ** 40],
  ['LONG1, past 2^53', ['\x8a', 9, [0, 0, 0, 0, 0, 0, 0, 0, 1]], 2 ** 64],
  ['BINFLOAT', ['G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]], 1.5],
  ['BINUNICODE', ['X', [3, 0, 0, 0], 'abc'], 'abc'],
  ['persistent id', ['X', [5, 0, 0, 0], 'known', 'Q'], 1],
] as const)('%s', (_, program, value) => {
  expect(run('\x80\x02', ...(program as unknown as string[]), '.')).toBe(value);
});

test('tuples, lists and dicts, memo of both widths', () => {
  const tuple = run('\x80\x02', '(K\x01K\x02K\x03t', 'K\x04\x85', 'K\x05\x86', '.');
  expect(tuple).toEqual(new PickleTuple([new PickleTuple([4]), 5]));

  const list = run('\x80\x02', ']q\x07', 'K\x01a', '(K\x02K\x03e', 'h\x07', '.') as PickleList;
  expect(list.items).toEqual([1, 2, 3]);

  const dict = run('\x80\x02', '}r', [1, 2, 0, 0], 'K\x01N', 's', '(K\x02NK\x03Nu', 'j', [1, 2, 0, 0], '.');
  expect([...(dict as PickleDict).entries.keys()]).toEqual([1, 2, 3]);
});

test('calls go to the host; attributes of a dict are dropped', () => {
  expect(run('\x80\x02', 'cm\nf\n)R', '}b', '.')).toEqual(new PickleDict());
});

test.each([
  ['a function', ['cposix\nsystem\n.'], new PickleGlobal('posix.system')],
  ['a call', ['cposix\nsystem\n(X', [2, 0, 0, 0], 'lstR.'], new PickleUnknown('posix.system')],
  ['NEWOBJ', ['cm\nC\n)\x81.'], new PickleUnknown('m.C')],
  ['an object with attributes', ['cm\nC\n)\x81}X', [1, 0, 0, 0], 'aK\x01sb.'], new PickleUnknown('m.C')],
  [
    "an object by Python's own constructor",
    ['ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.'],
    new PickleUnknown('m.C'),
  ],
  ['a list with items', ['cm\nL\n)\x81K\x01a(K\x02K\x03e.'], new PickleUnknown('m.L')],
  ['a dict with items', ['cm\nD\n)\x81K\x01Ns(K\x02Nu.'], new PickleUnknown('m.D')],
  ['a call of what a call gave', ['cm\nmaker\n)R)R.'], new PickleUnknown('m.maker')],
] as const)('unknown to the host, and not run: %s', (_, program, value) => {
  expect(run('\x80\x02', ...(program as unknown as string[]))).toEqual(value);
});

test('a list that holds itself ends', () => {
  const list = run('\x80\x02', ']q\x00', 'h\x00a', '.') as PickleList;
  expect(list.items[0]).toBe(list);
});

test.each([
  ['an unknown opcode', ['\x80\x02', 'i', 'os\nsystem\n'], errors.PickleOpcodeError], // INST
  ['STACK_GLOBAL', ['\x80\x02', '\x93'], errors.PickleOpcodeError],
  ['another protocol', ['\x80\x05', 'N.'], errors.PickleFormatError],
  ['an empty file', [], errors.PickleFormatError],
  ['no STOP', ['\x80\x02N'], errors.PickleFormatError],
  ['STOP with an empty stack', ['\x80\x02.'], errors.PickleFormatError],
  ['a mark as a value', ['\x80\x02(.'], errors.PickleFormatError],
  ['a tuple without a mark', ['\x80\x02t.'], errors.PickleFormatError],
  ['a short tuple', ['\x80\x02N\x86.'], errors.PickleFormatError],
  ['a memo entry that is not there', ['\x80\x02h\x05.'], errors.PickleFormatError],
  ['items of a list', ['\x80\x02]NNs.'], errors.PickleFormatError],
  ['an odd number of items', ['\x80\x02}(Nu.'], errors.PickleFormatError],
  ['appending to a dict', ['\x80\x02}Na.'], errors.PickleFormatError],
  ['a call of a value', ['\x80\x02N)R.'], errors.PickleFormatError],
  ['a call without a tuple', ['\x80\x02cm\nf\nNR.'], errors.PickleFormatError],
  ['a call that does not fit', ['\x80\x02cm\nf\nN\x85R.'], errors.PickleFormatError],
  ['an unknown persistent id', ['\x80\x02NQ.'], errors.PickleFormatError],
  ['attributes of a value', ['\x80\x02NNb.'], errors.PickleFormatError],
  ['a string longer than the file', ['\x80\x02X', [100, 0, 0, 0], 'abc'], errors.PickleFormatError],
  ['a string past the limit', ['\x80\x02X', [0, 0, 0, 0x7f]], errors.PickleFormatError],
  ['a string not UTF-8', ['\x80\x02X', [1, 0, 0, 0], [0xff], '.'], errors.PickleFormatError],
  ['a name without end', ['\x80\x02cm'], errors.PickleFormatError],
  ['a stack past the limit', ['\x80\x02', 'N'.repeat(200_001), '.'], errors.PickleFormatError],
] as const)('refuses %s', (_, program, type) => {
  expect(() => run(...(program as unknown as string[]))).toThrow(type);
});

test('a memo past the limit', () => {
  const puts = 1_000_001;
  const bytes = Buffer.alloc(3 + 5 * puts, 'r');
  bytes.write('\x80\x02N', 'latin1');
  for (let i = 0; i < puts; i++) bytes.writeUInt32LE(i, 3 + 5 * i + 1);
  expect(() => unpickle('test.pkl', bytes, host)).toThrow('test.pkl');
  expect(() => unpickle('test.pkl', bytes, host)).toThrow('a memo of more than 1000000');
});

test('names opcode and position', () => {
  expect(() => run('\x80\x02', 'N', '\x93')).toThrow('test.pkl: pickle opcode 0x93 at byte 3');
});
