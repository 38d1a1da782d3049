/** What the page takes: the same reader as the command line's. */
export { CAPTION_ENDINGS, type CaptionRow, type CaptionsOptions, readCaptionsFile } from './captions.ts';
export { CaptionsHeaderError, TextEncodingError } from './errors.ts';
