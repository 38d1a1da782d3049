/** What the page takes: the same reader as the command line's, without the decoders of images. */
export { ARCHIVE_ENDINGS, isArchiveName } from './archive.ts';
export { openPairSet, type Pair } from './open-pairs.ts';
