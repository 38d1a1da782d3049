import type { Space, WindowChoice } from '../engine/types.ts';
import { hex, sha256 } from './digest.ts';
import { KeptDamagedError } from './errors.ts';
import { type Piece, readFile, writeFile } from './pieces.ts';

/** Counts up with each change of what the files mean. */
const FORMAT = 1;
const NAME = 'index';
const MARK = 'biomedclip-kept';

/** What is kept of the pictures of a session. */
export type KeptPictures = 'originals' | 'thumbnails' | 'none';

/** A session but for its embeddings, which are a pack. */
export interface KeptSession {
  readonly id: string;
  /** ISO 8601 */
  readonly savedAt: string;
  readonly pairs: number;
  readonly space: Space;
  readonly window: WindowChoice | undefined;
  readonly images: KeptPictures;
  /** How many of the pairs have a picture there. */
  readonly imageCount: number;
  readonly facts: Piece;
  readonly pictures: Piece | undefined;
  readonly view: Piece | undefined;
  /** Name of the pack's piece. */
  readonly pack: string;
}

/** Embeddings of n pairs, with what they are of. */
export interface KeptPack {
  readonly piece: Piece;
  readonly rows: number;
  readonly dim: number;
  /** By what: rows of another program or model are never taken for these. Undefined for what was embedded elsewhere. */
  readonly madeBy: string | undefined;
  /** Of the images, as JSON. */
  readonly window: string;
}

/** All that is kept: what is not named here is not there. */
export interface KeptIndex {
  readonly session: KeptSession | undefined;
  /** The newest last. */
  readonly packs: readonly KeptPack[];
}

export const NOTHING_KEPT: KeptIndex = { session: undefined, packs: [] };

/** @throws {KeptDamagedError} where it is damaged, or of another version of the page */
export async function readIndex(folder: FileSystemDirectoryHandle): Promise<KeptIndex> {
  const file = await readFile(folder, NAME);
  if (!file) return NOTHING_KEPT;
  const text = await file.text();
  const end = text.indexOf('\n');
  const [mark, format, digest] = text.slice(0, end).split(' ');
  const content = text.slice(end + 1);
  if (mark === MARK && format !== String(FORMAT)) {
    throw new KeptDamagedError(
      `it is in format ${format}, of another version of this page, which reads ${FORMAT}`,
    );
  }
  if (mark !== MARK || digest !== (await digestOfText(content))) {
    throw new KeptDamagedError('its index is not as it was written');
  }
  return JSON.parse(content) as KeptIndex; // as `writeIndex` wrote it: the digest says so
}

export async function writeIndex(folder: FileSystemDirectoryHandle, index: KeptIndex): Promise<void> {
  const content = JSON.stringify(index);
  const text = `${MARK} ${FORMAT} ${await digestOfText(content)}\n${content}`;
  await writeFile(folder, NAME, new Blob([text]));
}

export function piecesOf({ session, packs }: KeptIndex): Piece[] {
  const own = session ? [session.facts, session.pictures, session.view] : [];
  return [...own, ...packs.map(({ piece }) => piece)].filter((piece) => piece !== undefined);
}

/** Whether a file belongs to what is kept. */
export function isNamed(index: KeptIndex, name: string): boolean {
  return name === NAME || piecesOf(index).some((piece) => piece.name === name);
}

/** Tells windows apart. */
export function windowName(window: WindowChoice | undefined): string {
  return typeof window === 'object' ? `${window.low} ${window.high}` : (window ?? '');
}

async function digestOfText(text: string): Promise<string> {
  return hex(await sha256(new TextEncoder().encode(text)));
}
