/** One component of a JPEG 2000 image. */
export interface Jpeg2000Component {
  /** 1 to 38. */
  readonly bits: number;
  readonly signed: boolean;
  /** The image's width over the component's, and likewise for the height: 2 where colour is subsampled. */
  readonly subsampling: readonly [x: number, y: number];
}

/** What the codestream says in front of its data. */
export interface Jpeg2000Layout {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Jpeg2000Component[];
  /** Where the image begins and ends on the reference grid, on which components have their samples. */
  readonly grid: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Of a JP2 file, how its components are to be taken; undefined for a bare codestream. */
  readonly colour?: Jpeg2000Colour;
  /** The codestream itself, from its SOC marker on. */
  readonly codestream: Uint8Array;
}

/** From the boxes of a JP2 file (ITU-T T.800, annex I). */
export interface Jpeg2000Colour {
  /** 16 sRGB, 17 greyscale, 18 sYCC, 12 CMYK; undefined where a profile says it. */
  readonly space: number | undefined;
  /** Whether there is a palette. */
  readonly palette: boolean;
}

const SOC_SIZ = 0xff4fff51;

/**
 * Reads the boxes of a JP2 file and the SIZ marker segment of its codestream, or that of a bare codestream (ITU-T T.800,
 * A.5.1 and I.4).
 * @throws {RangeError} past the data's end, and if there is no codestream
 */
export function readJpeg2000Layout(bytes: Uint8Array): Jpeg2000Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) === SOC_SIZ) return readSiz(bytes);
  let colour: Jpeg2000Colour | undefined;
  for (const box of boxesOf(view)) {
    if (box.type === 'jp2h')
      colour = readColour(new DataView(view.buffer, view.byteOffset + box.from, box.to - box.from));
    if (box.type === 'jp2c') return { ...readSiz(bytes.subarray(box.from, box.to)), colour };
  }
  throw new RangeError('there is no codestream');
}

interface Box {
  readonly type: string;
  /** Its contents are at `[from, to)`. */
  readonly from: number;
  readonly to: number;
}

function* boxesOf(view: DataView): Generator<Box> {
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    const short = view.getUint32(at);
    const length =
      short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? view.byteLength - at : short;
    const from = at + (short === 1 ? 16 : 8);
    if (at + length < from) throw new RangeError(`the box ${type} has ${length} bytes`);
    // The last box may be cut off: its decoder says so.
    yield { type, from, to: Math.min(at + length, view.byteLength) };
    at += length;
  }
}

function readColour(header: DataView): Jpeg2000Colour {
  const boxes = [...boxesOf(header)];
  const colr = boxes.find(({ type }) => type === 'colr');
  const enumerated = colr !== undefined && header.getUint8(colr.from) === 1;
  return {
    space: enumerated ? header.getUint32(colr.from + 3) : undefined,
    palette: boxes.some(({ type }) => type === 'pclr'),
  };
}

function readSiz(codestream: Uint8Array): Jpeg2000Layout {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  if (view.getUint32(0) !== SOC_SIZ) throw new RangeError('the codestream does not begin with SOC and SIZ');
  const [right = 0, bottom = 0, left = 0, top = 0] = [8, 12, 16, 20].map((at) => view.getUint32(at));
  const components = Array.from({ length: view.getUint16(40) }, (_, i) => {
    const [depth = 0, x = 1, y = 1] = [0, 1, 2].map((byte) => view.getUint8(42 + 3 * i + byte));
    return { bits: (depth & 0x7f) + 1, signed: depth > 0x7f, subsampling: [x, y] as const };
  });
  return {
    width: right - left,
    height: bottom - top,
    components,
    grid: { left, top, right, bottom },
    codestream,
  };
}
