/** One context is kept, since making it takes longer than reading a picture. It holds nothing between pictures. */
let shared: WebGL2RenderingContext | undefined;

/**
 * A bitmap's pixels `[height, width, 4]` as they were decoded. Read through WebGL, since a 2D canvas premultiplies
 * colours and loses precision.
 */
export function readBitmap(bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap;
  const gl = context();
  const texture = gl.createTexture();
  const framebuffer = gl.createFramebuffer();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const pixels = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  gl.deleteFramebuffer(framebuffer);
  gl.deleteTexture(texture);
  const error = gl.getError(); // over the texture limit, out of memory, or a lost context
  if (error !== gl.NO_ERROR) throw new Error(`WebGL could not read the pixels (error ${error})`);
  return pixels;
}

function context(): WebGL2RenderingContext {
  if (shared && !shared.isContextLost()) return shared;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) throw new Error('the browser has no WebGL 2 to read pixels with');
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  shared = gl;
  return gl;
}
