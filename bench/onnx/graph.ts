import onnxProto, { type onnx } from 'onnx-proto';

// The package is CommonJS without named exports at run time; its types say otherwise.
const { ModelProto, NodeProto, GraphProto, TensorProto, ValueInfoProto, AttributeProto } = onnxProto.onnx;
type Node = onnx.INodeProto;
type Attribute = onnx.IAttributeProto;

/** Opset 20 has LayerNormalization (17) and Gelu (20); IR 9 goes with it. */
const OPSET = 20;
const IR_VERSION = 9;

/** ONNX Runtime's own operators. */
const MICROSOFT = 'com.microsoft';

/** Larger initializers are external data, so that 350 MB are neither encoded nor parsed as protobuf. */
const EXTERNAL_FROM_BYTES = 1024;

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A value in the graph: an input, a weight, a constant or a node's output. */
export interface Value {
  readonly name: string;
}

/** A serialised model. The large weights are views of the callers' memory, named as the protobuf refers to them. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

type AttributeValue = string | number | { readonly int: number } | readonly number[];
/** A number is a fixed size, a string names one that varies: `['B', 3, 224, 224]`. */
type Dims = readonly (number | string)[];

/** Collects nodes, weights, inputs and outputs in order, and serialises them as an ONNX model. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: onnx.ITensorProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #external: { path: string; data: Uint8Array }[] = [];
  readonly #known = new Map<string, Value>();
  #count = 0;

  constructor(readonly name: string) {}

  input(name: string, type: 'f32' | 'i64', dims: Dims): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return { name };
  }

  output(name: string, value: Value, dims: Dims): void {
    this.#nodes.push(NodeProto.create({ opType: 'Identity', input: [value.name], output: [name], name }));
    this.#outputs.push(valueInfo(name, 'f32', dims));
  }

  /**
   * A node with one output. A plain number is a float attribute; integers are `{ int }` or arrays.
   * `undefined` among the inputs leaves an optional one out. A type with dots is of that domain.
   */
  op(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Record<string, AttributeValue> = {},
  ): Value {
    return this.#node(type, inputs, attributes, 1)[0] as Value;
  }

  /** Splits `x` into `parts` equal pieces along `axis`. */
  split(x: Value, parts: number, axis: number): Value[] {
    return this.#node('Split', [x], { axis: { int: axis }, num_outputs: { int: parts } }, parts);
  }

  /** A float32 weight; the same name given twice is stored once. */
  weight(name: string, make: () => Weight): Value {
    return this.#once(name, () => {
      const { shape, data } = make();
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const tensor = { name, dims: [...shape], dataType: TensorProto.DataType.FLOAT };
      if (bytes.length < EXTERNAL_FROM_BYTES) return TensorProto.create({ ...tensor, rawData: bytes });
      this.#external.push({ path: name, data: bytes });
      return TensorProto.create({
        ...tensor,
        dataLocation: TensorProto.DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: name }],
      });
    });
  }

  /** A one-dimensional int64 constant: a shape, axes, starts, ends. */
  ints(...values: number[]): Value {
    return this.#once(`ints/${values.join(',')}`, (name) =>
      TensorProto.create({
        name,
        dims: [values.length],
        dataType: TensorProto.DataType.INT64,
        rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      }),
    );
  }

  /** An int64 constant without dimensions, as Gather takes to drop an axis. */
  index(value: number): Value {
    return this.#once(`index/${value}`, (name) =>
      TensorProto.create({
        name,
        dims: [],
        dataType: TensorProto.DataType.INT64,
        rawData: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
      }),
    );
  }

  /** A float32 scalar constant. */
  scalar(value: number): Value {
    return this.weight(`scalar/${value}`, () => ({ shape: [], data: Float32Array.of(value) }));
  }

  build(): OnnxModel {
    const graph = GraphProto.create({
      name: this.name,
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs,
      output: this.#outputs,
    });
    const model = ModelProto.create({
      irVersion: IR_VERSION,
      opsetImport: [
        { domain: '', version: OPSET },
        ...(this.#nodes.some((node) => node.domain === MICROSOFT) ? [{ domain: MICROSOFT, version: 1 }] : []),
      ],
      producerName: 'biomedclip-webgpu',
      graph,
    });
    return { bytes: ModelProto.encode(model).finish(), externalData: this.#external };
  }

  #node(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Record<string, AttributeValue>,
    outputs: number,
  ): Value[] {
    const name = `${type}_${this.#count++}`;
    const values = Array.from({ length: outputs }, (_, i) => ({ name: `${name}/${i}` }));
    this.#nodes.push(
      NodeProto.create({
        opType: type.slice(type.lastIndexOf('.') + 1),
        domain: type.slice(0, Math.max(0, type.lastIndexOf('.'))),
        name,
        input: inputs.map((value) => value?.name ?? ''),
        output: values.map((value) => value.name),
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    return values;
  }

  #once(name: string, make: (name: string) => onnx.ITensorProto): Value {
    const known = this.#known.get(name);
    if (known) return known;
    this.#initializers.push(make(name));
    const value = { name };
    this.#known.set(name, value);
    return value;
  }
}

function attribute(name: string, value: AttributeValue): Attribute {
  const { FLOAT, INT, INTS, STRING } = AttributeProto.AttributeType;
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: FLOAT, f: value };
  if ('int' in value) return { name, type: INT, i: value.int };
  return { name, type: INTS, ints: [...value] };
}

function valueInfo(name: string, type: 'f32' | 'i64', dims: Dims): onnx.IValueInfoProto {
  const elemType = type === 'f32' ? TensorProto.DataType.FLOAT : TensorProto.DataType.INT64;
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return ValueInfoProto.create({ name, type: { tensorType: { elemType, shape: { dim } } } });
}
