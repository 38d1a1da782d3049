import { UnreadableImageError } from '../image/errors.ts';

/** One context is kept, since making it takes longer than reading a picture. It holds nothing between pictures. */
let shared: WebGL2RenderingContext | undefined;

/** Pixels that are read at once: 64 MB on the GPU. */
const TILE_PIXELS = 2 ** 24;

/**
 * A bitmap's pixels `[height, width, 4]` as they were decoded. Read through WebGL, since a 2D canvas premultiplies
 * colours and loses precision; tile by tile, since a texture has a largest side.
 * @throws {UnreadableImageError} where the GPU has no memory for a tile, or is gone
 */
export function readBitmap(bitmap: ImageBitmap, name: string): Uint8Array {
  const { width, height } = bitmap;
  const gl = context(name);
  clearErrors(gl);
  const side = Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
  const columns = Math.min(width, side);
  const rows = Math.min(height, side, Math.max(1, Math.floor(TILE_PIXELS / columns)));
  const pixels = new Uint8Array(width * height * 4);
  const texture = gl.createTexture();
  const framebuffer = gl.createFramebuffer();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.pixelStorei(gl.PACK_ROW_LENGTH, width);
  for (let y = 0; y < height; y += rows) {
    for (let x = 0; x < width; x += columns) {
      const tile = { x, y, width: Math.min(columns, width - x), height: Math.min(rows, height - y) };
      readTile(gl, bitmap, tile, pixels.subarray(4 * (y * width + x)));
    }
  }
  gl.deleteFramebuffer(framebuffer);
  gl.deleteTexture(texture);
  const error = gl.getError();
  if (error === gl.NO_ERROR) return pixels;
  const cause = error === gl.OUT_OF_MEMORY ? 'has no memory for them' : `answered with error ${error}`;
  throw new UnreadableImageError(name, `the GPU that its ${width} x ${height} pixels are read by ${cause}`);
}

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** @param into the whole picture's pixels from the tile's first on */
function readTile(gl: WebGL2RenderingContext, bitmap: ImageBitmap, tile: Tile, into: Uint8Array): void {
  const { width, height } = tile;
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, tile.x);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, tile.y);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, into);
}

/** There is a flag for each kind of error: what is left of one picture must not be taken for the next one's. */
function clearErrors(gl: WebGL2RenderingContext): void {
  for (let kinds = 0; kinds < 8 && gl.getError() !== gl.NO_ERROR; kinds++);
}

function context(name: string): WebGL2RenderingContext {
  if (shared && !shared.isContextLost()) return shared;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) throw new UnreadableImageError(name, 'the browser has no WebGL 2 to read its pixels with');
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  shared = gl;
  return gl;
}
