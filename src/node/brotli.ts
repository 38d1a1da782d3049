/** In the built files in place of `brotli/decompress.js`, for fontkit. */
export { brotliDecompressSync as default } from 'node:zlib';
