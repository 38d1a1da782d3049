import type { DataSet, Element } from 'dicom-parser';

/** The attributes of a DICOM data set or of a sequence's item, by tags as in `tags.ts`. */
export class Attributes {
  constructor(
    private readonly dataSet: DataSet,
    readonly bigEndian: boolean,
  ) {}

  element(tag: string): Element | undefined {
    return this.dataSet.elements[tag];
  }

  /** An element's bytes as they are stored. */
  bytes(tag: string): Uint8Array | undefined {
    const element = this.element(tag);
    if (!element) return undefined;
    const { byteArray } = this.dataSet;
    return byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  }

  /** The first value of a text element without padding, or undefined where it is absent or empty. */
  text(tag: string): string | undefined {
    return this.texts(tag)[0] || undefined;
  }

  /** All values of a text element, `\\` between them. */
  allText(tag: string): string | undefined {
    return this.texts(tag).join('\\') || undefined;
  }

  /** Decimal and integer strings (DS, IS). What is no number is left out. */
  numbers(tag: string): number[] {
    return this.texts(tag)
      .filter((text) => text !== '')
      .map(Number)
      .filter(Number.isFinite);
  }

  private texts(tag: string): string[] {
    const characters = [...(this.bytes(tag) ?? [])].map((byte) => String.fromCharCode(byte)).join('');
    // UIDs are padded by NUL, other texts by blanks.
    return characters.split('\\').map((text) => text.replace(/^[\s\0]+|[\s\0]+$/g, ''));
  }

  /** 16-bit words: US, SS, OW and ambiguous ones of them. */
  words(tag: string): Uint16Array {
    const bytes = this.bytes(tag) ?? new Uint8Array();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, !this.bigEndian));
  }

  word(tag: string): number | undefined {
    return this.words(tag)[0];
  }

  items(tag: string): Attributes[] {
    const items = this.element(tag)?.items ?? [];
    return items.flatMap(({ dataSet }) => (dataSet ? [new Attributes(dataSet, this.bigEndian)] : []));
  }
}
