import { PickleFormatError, PickleOpcodeError } from './errors.ts';

/** The values that a pickle may contain here. Containers are compared by identity and may hold themselves. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PickleUnknown;

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}
export class PickleList {
  readonly items: PickleValue[] = [];
}
/** A `dict` or `OrderedDict`, in order. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}
/** A function or class by its name, `module.name`. Nothing is imported; calls go to the host. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}
/** An object made by the host, opaque to the pickle machine. */
export class PickleObject {
  constructor(readonly value: unknown) {}
}
/** In place of an object that a call of a global unknown to the host would make. What is done to it has no effect. */
export class PickleUnknown {
  constructor(
    /** What it is an object of. */
    readonly global: string,
  ) {}
}

/** Resolves the names in a pickle. The machine itself knows none and executes nothing. */
export interface PickleHost {
  /** Whether calls of `module.name` are for the host. */
  knows(global: string): boolean;
  /** The result of calling a known global, or undefined where it cannot be called so. */
  call(global: string, args: readonly PickleValue[]): PickleValue | undefined;
  /** The object with that persistent id, or undefined where there is none. */
  persistent(id: PickleValue): PickleValue | undefined;
}

// A BiomedCLIP checkpoint has a stack of 2,000 and a memo of 6,000.
const MAX_STACK = 200_000;
const MAX_MEMO = 1_000_000;
const MAX_STRING_BYTES = 65_536;

const MARK = Symbol('mark');
type Handler = (machine: Machine) => void;

/**
 * Reads a pickle of protocol 2, restricted to the opcodes that torch.save writes. Objects of classes that the host does
 * not know (an optimizer's settings, a namespace of arguments) become `PickleUnknown`: no class is looked up, no
 * function called.
 * @param file what error messages call it
 * @throws {PickleOpcodeError} at any other opcode
 * @throws {PickleFormatError} if the pickle is malformed or goes past a limit
 */
export function unpickle(file: string, bytes: Uint8Array, host: PickleHost): PickleValue {
  const machine = new Machine(file, bytes, host);
  for (;;) {
    const opcode = machine.byte();
    if (opcode === STOP) return machine.pop();
    const handler = OPCODES.get(opcode);
    if (!handler) throw new PickleOpcodeError(file, machine.position - 1, opcode);
    handler(machine);
  }
}

class Machine {
  position = 0;
  private readonly view: DataView;
  private readonly stack: (PickleValue | typeof MARK)[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    readonly file: string,
    private readonly bytes: Uint8Array,
    readonly host: PickleHost,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(reason: string): never {
    throw new PickleFormatError(this.file, this.position, reason);
  }

  byte(): number {
    return this.view.getUint8(this.advance(1));
  }
  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }
  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }
  bigEndianFloat(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  text(length: number): string {
    if (length > MAX_STRING_BYTES) this.fail(`a string of ${length} bytes`);
    const start = this.advance(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(start, this.position),
      );
    } catch {
      return this.fail('a string that is not UTF-8');
    }
  }

  /** Up to the next newline, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) this.fail('it ends within a name');
    const text = this.text(end - this.position);
    this.position = end + 1;
    return text;
  }

  /** Little-endian two's complement. Large ones, such as random seeds, lose their last digits; no size is so large. */
  long(): number {
    const length = this.byte();
    let value = 0n;
    for (let i = 0; i < length; i++) value |= BigInt(this.byte()) << BigInt(8 * i);
    return Number(BigInt.asIntN(8 * length, value));
  }

  push(value: PickleValue | typeof MARK): void {
    if (this.stack.length >= MAX_STACK) this.fail(`a stack deeper than ${MAX_STACK}`);
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) this.fail('an empty stack');
    return value;
  }

  top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  popToMark(): PickleValue[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) this.fail('no mark on the stack');
    const items = this.stack.splice(mark).slice(1);
    return items as PickleValue[]; // no mark is left
  }

  put(index: number): void {
    if (this.memo.size >= MAX_MEMO) this.fail(`a memo of more than ${MAX_MEMO}`);
    this.memo.set(index, this.top());
  }

  get(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) this.fail(`nothing stored at ${index}`);
    return value;
  }

  setItems(dict: PickleValue, items: readonly PickleValue[]): void {
    if (dict instanceof PickleUnknown) return;
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0)
      this.fail('items set on something not a dict');
    for (let i = 0; i < items.length; i += 2) {
      dict.entries.set(items[i] as PickleValue, items[i + 1] as PickleValue); // within length, which is even
    }
  }

  append(list: PickleValue, items: readonly PickleValue[]): void {
    if (list instanceof PickleUnknown) return;
    if (!(list instanceof PickleList)) this.fail('items appended to something not a list');
    for (const item of items) list.items.push(item);
  }

  private advance(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) this.fail('it ends early');
    this.position += length;
    return start;
  }
}

const STOP = 0x2e;

// Names and codes as in Python's pickletools.
const OPCODES: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [0x80, proto],
  [0x28, (m) => m.push(MARK)], // MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.byte())], // BININT1
  [0x4d, (m) => m.push(m.uint16())], // BININT2
  [0x8a, (m) => m.push(m.long())], // LONG1
  [0x47, (m) => m.push(m.bigEndianFloat())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x29, (m) => m.push(new PickleTuple([]))], // EMPTY_TUPLE
  [0x74, (m) => m.push(new PickleTuple(m.popToMark()))], // TUPLE
  [0x85, (m) => pushTuple(m, 1)], // TUPLE1
  [0x86, (m) => pushTuple(m, 2)], // TUPLE2
  [0x87, (m) => pushTuple(m, 3)], // TUPLE3
  [0x5d, (m) => m.push(new PickleList())], // EMPTY_LIST
  [0x61, (m) => append(m, [m.pop()])], // APPEND
  [0x65, (m) => append(m, m.popToMark())], // APPENDS
  [0x7d, (m) => m.push(new PickleDict())], // EMPTY_DICT
  [0x73, setItem], // SETITEM
  [0x75, (m) => setItems(m, m.popToMark())], // SETITEMS
  [0x71, (m) => m.put(m.byte())], // BINPUT
  [0x72, (m) => m.put(m.uint32())], // LONG_BINPUT
  [0x68, (m) => m.push(m.get(m.byte()))], // BINGET
  [0x6a, (m) => m.push(m.get(m.uint32()))], // LONG_BINGET
  [0x63, global], // GLOBAL
  [0x51, persistent], // BINPERSID
  [0x81, reduce], // NEWOBJ: cls.__new__(cls, *args)
  [0x52, reduce], // REDUCE
  [0x62, build], // BUILD
]);

function proto(m: Machine): void {
  const version = m.byte();
  if (version !== 2) m.fail(`protocol ${version}, expected 2: re-save with torch.save's default protocol`);
}

function pushTuple(m: Machine, length: number): void {
  const items = Array.from({ length }, () => m.pop());
  m.push(new PickleTuple(items.reverse()));
}

function append(m: Machine, items: readonly PickleValue[]): void {
  m.append(m.top(), items);
}

function setItem(m: Machine): void {
  const value = m.pop();
  const key = m.pop();
  m.setItems(m.top(), [key, value]);
}

function setItems(m: Machine, items: readonly PickleValue[]): void {
  m.setItems(m.top(), items);
}

function global(m: Machine): void {
  m.push(new PickleGlobal(`${m.line()}.${m.line()}`));
}

function persistent(m: Machine): void {
  m.push(m.host.persistent(m.pop()) ?? m.fail('an unknown persistent id'));
}

function reduce(m: Machine): void {
  const args = m.pop();
  const callable = m.pop();
  if (!(args instanceof PickleTuple)) m.fail('a call without an argument tuple');
  m.push(called(m, callable, args));
}

function called(m: Machine, callable: PickleValue, args: PickleTuple): PickleValue {
  if (callable instanceof PickleUnknown) return callable; // a bound method, or a class made by a call
  if (!(callable instanceof PickleGlobal)) return m.fail('a call of something not a global');
  if (!m.host.knows(callable.name)) return new PickleUnknown(madeBy(callable, args));
  return m.host.call(callable.name, args.items) ?? m.fail(`a call of ${callable.name} that does not fit it`);
}

/** Python makes most objects by `copyreg._reconstructor(class, ...)`. */
function madeBy({ name }: PickleGlobal, { items }: PickleTuple): string {
  const [first] = items;
  return name === 'copy_reg._reconstructor' && first instanceof PickleGlobal ? first.name : name;
}

/** Sets attributes. Of what is read only a dict has some (a module's `_metadata`), and they are dropped. */
function build(m: Machine): void {
  m.pop();
  const object = m.top();
  if (!(object instanceof PickleDict || object instanceof PickleUnknown)) {
    m.fail('attributes set on something not a dict');
  }
}
