// Judge: torch's own `_rebuild_tensor_v2` and `persistent_load`, read by hand; pickles by their opcodes (Python's pickletools).
import { describe, expect, test } from 'vitest';
import * as errors from '../weights/errors.ts';
import { readStateDict } from '../weights/torch-state-dict.ts';

const str = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
const storage = (id = `${str('storage')}ctorch\nFloatStorage\n${str('0')}${str('cpu')}K\x04`) => `(${id}tQ`;
const rebuilt = (args: string) => `ctorch._utils\n_rebuild_tensor_v2\n(${args}\x89)tR`;
/** Two floats of a storage of four. */
const TENSOR = rebuilt(`${storage()}K\0K\x02\x85K\x01\x85`);

function read(program: string, onWarning: (warning: Error) => void = () => {}) {
  const pickle = new Uint8Array(Buffer.from(`\x80\x02${program}.`, 'latin1'));
  return readStateDict('m.bin', pickle, (key) => (key === '0' ? 16 : undefined), onWarning);
}

/** The names of what is read from a dict that has a tensor `a`, and this under `x`. */
const beside = (value: string) => read(`}${str('a')}${TENSOR}s${str('x')}${value}s`).map(({ name }) => name);

test('a tensor, and a parameter that holds one', () => {
  const [tensor] = read(`}${str('a')}${TENSOR}s`);
  expect(tensor).toMatchObject({ name: 'a', dtype: 'F32', shape: [2], byteLength: 8, storageOffset: 0 });
  expect(beside(`ctorch._utils\n_rebuild_parameter\n(${TENSOR}\x89)tR`)).toEqual(['a', 'x']);
});

test.each([
  ['a number', 'K\x01', '1'],
  ['None', 'N', 'None'],
  ['a tensor', TENSOR, 'a tensor or storage'],
  ['an object', 'cm\nC\n)\x81', 'an object of m.C'],
  ['a dict', '}', 'a dict'],
  ['a tuple', ')', 'a tuple'],
  ['a list', ']', 'a list or class'],
])('a name must be a string, not %s', (_, key, kind) => {
  expect(() => read(`}${key}${TENSOR}s`)).toThrow(`a name must be a string, got ${kind}`);
});

test('nothing, or nothing that is a tensor', () => {
  expect(() => read('}')).toThrow(/got nothing/);
  expect(() => read(`}${str('epoch')}K\x01s)Ns`)).toThrow(/got only epoch, a tuple/);
});

describe('what torch would not have written is no tensor', () => {
  test.each([
    ['an OrderedDict of arguments', 'ccollections\nOrderedDict\n(K\x01tR'],
    ['an identity that is no tuple', `${str('0')}Q`],
    [
      'another word than storage',
      storage(`${str('module')}ctorch\nFloatStorage\n${str('0')}${str('cpu')}K\x04`),
    ],
    ['a storage of no class', storage(`${str('storage')}N${str('0')}${str('cpu')}K\x04`)],
    [
      'a storage of less than nothing',
      storage(`${str('storage')}ctorch\nFloatStorage\n${str('0')}NJ\xff\xff\xff\xff`),
    ],
    ['a tensor of no storage', rebuilt('NK\0K\x02\x85K\x01\x85')],
    ['a tensor of a tensor', rebuilt(`${TENSOR}K\0K\x02\x85K\x01\x85`)],
    ['a shape that is no tuple', rebuilt(`${storage()}K\0K\x02K\x01\x85`)],
    ['a negative side', rebuilt(`${storage()}K\0J\xff\xff\xff\xff\x85K\x01\x85`)],
    ['strides of another number', rebuilt(`${storage()}K\0K\x02\x85K\x01K\x01\x86`)],
    ['a parameter of no tensor', 'ctorch._utils\n_rebuild_parameter\n(N\x89)tR'],
    ['a parameter of a storage', `ctorch._utils\n_rebuild_parameter\n(${storage()}\x89)tR`],
  ])('%s', (_, value) => {
    expect(() => beside(value)).toThrow(errors.PickleFormatError);
  });

  test('a storage of a class that is not read is skipped', () => {
    const strange = storage(`${str('storage')}cm\nStrange\n${str('0')}${str('cpu')}K\x04`);
    expect(beside(rebuilt(`${strange}K\0K\x02\x85K\x01\x85`))).toEqual(['a']);
  });
});

// Each key once counted all tensors of its dict: 4 x 10^10 steps.
test('a dict of 200,000 tensors under 200,000 keys is counted once', () => {
  const COUNT = 200_000;
  const keys = Array.from({ length: COUNT }, (_, i) => {
    const bytes = Buffer.alloc(5);
    bytes.write('J');
    bytes.writeInt32LE(i, 1);
    return bytes.toString('latin1');
  });
  const weights = `${str('state_dict')}}${str('a')}${TENSOR}q\0ss`;
  const tensors = keys.map((key) => `${key}h\0s`).join('');
  const dicts = `${keys[0]}}q\x01${tensors}s${keys.map((key) => `${key}h\x01s`).join('')}`;
  const program = `}${weights}${dicts}`;
  const warnings: Error[] = [];
  expect(read(program, (warning) => warnings.push(warning))).toHaveLength(1);
  expect(warnings).toMatchObject([{ where: 'state_dict', others: { length: COUNT } }]);
});
