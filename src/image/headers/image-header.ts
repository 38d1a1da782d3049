/** Pillow's modes for the formats read here. `I;16`: 16-bit grey, also Pillow's `I` for PNG. */
export type PillowMode = '1' | 'L' | 'LA' | 'P' | 'RGB' | 'RGBA' | 'CMYK' | 'I;16';

/** Facts of a file's header that decoders do not pass on. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'bmp' | 'netpbm' | 'jpeg2000';
  readonly width: number;
  readonly height: number;
  /** How Pillow would open it, which decides the resampling. */
  readonly pillowMode: PillowMode;
  /** TIFF only: colours are stored multiplied by alpha; Pillow divides while reading. */
  readonly associatedAlpha?: boolean;
  /** TIFF only, 1 to 8. Pillow applies this one while reading, unlike EXIF's in other formats. */
  readonly orientation?: number;
  /** GIF only. */
  readonly firstFrame?: GifFrame;
}

/** The first frame. Pillow resolves each of its pixels through the palette, transparent or not. */
export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Offset of the transparency flag, if it is set; with it cleared, decoders keep the colours. */
  readonly transparencyFlagAt: number | undefined;
  /** RGB of pixels outside the frame, as in Pillow: the colour of the transparent index, or of index 0. */
  readonly outside: readonly [number, number, number];
}

/** A header, or the name of the variant that is not read. `page`: of TIFFs. Throws RangeError past the file's end. */
export type HeaderReader = (view: DataView, page?: number) => ImageHeader | string;
