import type { ByteSource } from '../platform/files.ts';
import { type ColumnRole, columnOf, columnsOf } from '../tables/columns.ts';
import { NoCaptionsError } from '../tables/errors.ts';
import type { ArchiveOptions, PairArchive } from './archive.ts';
import { ArchiveError } from './errors.ts';
import { lone } from './notes.ts';
import { type Leaf, ParquetFile } from './parquet-file.ts';
import { type Column, columnsIn, imageColumn, ParquetImages, tableOf } from './parquet-images.ts';
import { ParquetRows, type Roles, utf8 } from './parquet-rows.ts';

/** The longest that is taken for a path where a column of bytes may be either. */
const PATH_LENGTH = 1024;

/**
 * A Parquet file with a row a pair, its columns found by the names that tables have, or in structs by `outer.inner`. Images
 * are in it, as Hugging Face data sets store them (a struct of bytes and path; `datasets`' Image feature) or as bytes, or
 * lie beside it (a column of paths, relative to the file, or of URLs). A list of captions is several of one image. Numbers
 * of classes get the names that `datasets` wrote (ClassLabel). The columns of texts are read whole, images by the page.
 * An id is what a named column says; else the image's path, where each is another; else the column id; else `file#row`.
 * @throws {ArchiveError} if it is no Parquet file, cut short, damaged, or a value cannot be used, naming its row, from 0
 * @throws {CaptionsHeaderError} where columns are absent or ambiguous @throws {DuplicateItemError}
 * @throws {NoCaptionsError} for a file without rows
 */
export async function openParquetPairs(
  source: ByteSource,
  options: ArchiveOptions = {},
): Promise<PairArchive> {
  const file = await ParquetFile.open(source);
  if (file.rows === 0) throw new NoCaptionsError(source.name);
  const { name } = source;
  const columns = columnsIn(file.leaves);
  const roles = await withImageKind(file, name, rolesOf(columns, name, options));
  const images = new ParquetImages(file, name, columns);
  const memberOf = (row: number) => images.memberOf(roles.image, row);
  const rows = await new ParquetRows(file, name, roles, options, memberOf).read();
  return {
    ...{ name, rows, notes: lone(name, rows) },
    read: (member) => images.read(member),
    close: () => images.close(),
  };
}

/** @throws {CaptionsHeaderError} */
function rolesOf(columns: readonly Column[], name: string, options: ArchiveOptions): Roles {
  const table = tableOf(name, columns);
  const { columns: given = {}, byOption = false, imagesAlone = false } = options;
  const image = imageColumn(name, columns, options);
  const named = image ? { ...given, image: image.name } : given;
  if (!(imagesAlone && image)) columnsOf(table, named, byOption); // says what is missing
  const found = (role: ColumnRole) => {
    const index = columnOf(table, role, named, byOption);
    return index === undefined ? undefined : columns[index];
  };
  return { image, caption: found('caption'), id: found('id'), label: found('label'), group: found('group') };
}

/** Whether images lie in the file or beside it: a column of bytes may hold paths, and a struct nothing but paths. */
async function withImageKind(file: ParquetFile, name: string, roles: Roles): Promise<Roles> {
  const { image } = roles;
  if (image?.leaf?.repeated) {
    throw new ArchiveError(
      name,
      undefined,
      `column ${image.name} has lists of images; one image a row is read`,
    );
  }
  if (!image?.bytes) return roles;
  const isStruct = image.bytes !== image.leaf;
  const holdsNone = file.nullsOf(image.bytes) === file.rows;
  const path = isStruct ? holdsNone : await isPath(file, image.bytes);
  if (path) return { ...roles, image: { name: image.name, leaf: image.leaf } };
  return isStruct ? roles : { ...roles, image: { name: image.name, bytes: image.bytes } };
}

async function isPath(file: ParquetFile, leaf: Leaf): Promise<boolean> {
  const first = await file.value(leaf, 0);
  if (!(first instanceof Uint8Array) || first.length > PATH_LENGTH) return false;
  const text = utf8(first);
  return text !== undefined && !/\p{Cc}/u.test(text);
}
