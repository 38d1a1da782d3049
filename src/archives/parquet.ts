import { checkFileSize } from '../image/limits.ts';
import type { ByteSource } from '../platform/files.ts';
import { type ColumnRole, columnOf, columnsOf } from '../tables/columns.ts';
import { NoCaptionsError } from '../tables/errors.ts';
import type { ArchiveOptions, PairArchive } from './archive.ts';
import { ArchiveError } from './errors.ts';
import { lone } from './notes.ts';
import { type Leaf, ParquetFile } from './parquet-file.ts';
import { type Column, ParquetRows, type Roles, utf8 } from './parquet-rows.ts';

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
  const roles = await withImageKind(file, source.name, rolesOf(file, source.name, options));
  const rows = await new ParquetRows(file, source.name, roles, options).read();
  return {
    ...{ name: source.name, rows, notes: lone(source.name, rows) },
    read: (member) => imageOf(file, source.name, roles.image, member),
    close: () => file.close(),
  };
}

async function imageOf(file: ParquetFile, name: string, image: Column | undefined, member: string) {
  if (!image?.bytes || !/^\d{1,15}$/.test(member))
    throw new ArchiveError(name, member, 'there is no such image');
  const bytes = await file.value(image.bytes, Number(member));
  if (!(bytes instanceof Uint8Array))
    throw new ArchiveError(name, member, `${image.name} has no bytes in this row`);
  checkFileSize(bytes.length, `${name}#${member}`);
  return bytes.slice(); // of its page, which is not to be kept
}

/** @throws {CaptionsHeaderError} */
function rolesOf(file: ParquetFile, name: string, options: ArchiveOptions): Roles {
  const columns = columnsIn(file.leaves);
  const table = { file: name, columns: columns.map((column) => column.name), line: undefined, rows: [] };
  const { columns: given = {}, byOption = false, imagesAlone = false } = options;
  const images = columns.filter(({ bytes, leaf }) => bytes && bytes !== leaf);
  const named =
    given.image === undefined && images.length === 1 ? { ...given, image: images[0]?.name } : given;
  const found = (role: ColumnRole) => {
    const index = columnOf(table, role, named, byOption);
    return index === undefined ? undefined : columns[index];
  };
  const image = found('image');
  if (!(imagesAlone && image)) columnsOf(table, named, byOption); // says what is missing
  return {
    ...{ image, caption: found('caption'), id: found('id') },
    ...{ label: found('label'), group: found('group') },
  };
}

/** A struct with a column of bytes is one image; every other leaf is a column. */
function columnsIn(leaves: readonly Leaf[]): Column[] {
  const structs = new Map<string, Leaf>();
  for (const leaf of leaves) {
    if (leaf.name.endsWith('.bytes') && leaf.kind === 'bytes' && !leaf.repeated) {
      structs.set(leaf.name.slice(0, -'.bytes'.length), leaf);
    }
  }
  return leaves.flatMap((leaf): Column[] => {
    const [, outer = '', inner] = /^(.*)\.([^.]+)$/s.exec(leaf.name) ?? [];
    const bytes = structs.get(outer);
    if (bytes === leaf) {
      const path = leaves.find(({ name, repeated }) => name === `${outer}.path` && !repeated);
      return [{ name: outer, bytes, leaf: path }];
    }
    if (bytes && inner === 'path') return [];
    return [{ name: leaf.name, leaf, ...(leaf.kind === 'bytes' && !leaf.repeated && { bytes: leaf }) }];
  });
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
