import type { KnownPair, PairVectors, Space, WindowChoice } from '../engine/types.ts';
import { CannotKeepError, KeptDamagedError } from './errors.ts';
import { type Facts, factsOf, placesOf } from './facts.ts';
import { type KeptIndex, type KeptPack, type KeptSession, piecesOf, windowName } from './kept-index.ts';
import { type KeptView, readView, writeView } from './kept-view.ts';
import { isWithin, keyOf, type PackKeys, readPack, writePack } from './packs.ts';
import { kindOfPictures, type Pictures, picturesOf } from './pictures.ts';
import { readPiece, writePiece } from './pieces.ts';
import { Store } from './store.ts';

/** Older packs go beyond this, but that of the session stays. */
const MOST_PACKS = 500_000_000;

/** What is open, to be kept. */
export interface SessionToKeep {
  readonly pairs: readonly KnownPair[];
  readonly vectors: PairVectors;
  readonly space: Space;
  readonly window: WindowChoice | undefined;
  readonly view: KeptView;
}

/** A session as it was kept, but for its pictures, which are one blob. */
export interface ReadSession {
  readonly session: KeptSession;
  readonly facts: Pick<Facts, 'pairs' | 'pictures'>;
  readonly vectors: PairVectors;
  readonly pictures: Blob | undefined;
  readonly view: KeptView | undefined;
  /** What is gone of it. */
  readonly notes: readonly string[];
}

/** What is kept, in short. */
export interface KeptSummary {
  readonly session: KeptSession | undefined;
  /** On disk. */
  readonly bytes: number;
  /** Pairs whose embeddings are there. */
  readonly embedded: number;
}

/** Keeps one session at a time, and the embeddings of earlier ones. Lives in a worker of its own, which outlives a lost GPU. */
export class Keeper {
  #store: Promise<Store> | undefined;

  constructor(private readonly open: () => Promise<Store> = Store.open) {}

  get #opened(): Promise<Store> {
    this.#store ??= this.open();
    return this.#store;
  }

  /** Undefined where nothing is kept. @throws {KeptDamagedError} after all of it was removed, since nothing of it can be read */
  async summary(): Promise<KeptSummary | undefined> {
    const store = await this.#opened;
    try {
      return await store.read(async (index) => summaryOf(index));
    } catch (error) {
      if (!(error instanceof KeptDamagedError)) throw error;
      await store.forgetUnreadable();
      throw new KeptDamagedError(`What this browser kept was removed, since ${error.message}.`);
    }
  }

  /** @param onDone hears of each image, twice @throws {CannotKeepError} */
  async keep(
    { pairs, vectors, space, window, view }: SessionToKeep,
    onDone: (done: number, total: number) => void,
  ): Promise<KeptSummary> {
    const store = await this.#opened;
    const images = kindOfPictures(pairs);
    const total = (images === 'thumbnails' ? 2 : 1) * pairs.length;
    const keys = await keysOf(pairs, vectors, (done) => onDone(done, total));
    const pictures = await picturesOf(pairs, images, (done) => onDone(pairs.length + done, total));
    const about = { madeBy: vectors.madeBy?.program, window: windowName(window) };
    let summary: KeptSummary | undefined;
    await store.change(async (index, folder) => {
      const pack = await writePack(folder, { ...vectors, keys }, about);
      const session: KeptSession = {
        id: crypto.randomUUID(),
        savedAt: new Date().toISOString(),
        pairs: pairs.length,
        space,
        window,
        images,
        imageCount: pictures.filter((picture) => picture !== undefined).length,
        facts: await writePiece(folder, factsFile(pairs, vectors, pictures)),
        pictures: images === 'none' ? undefined : await writePiece(folder, joined(pictures)),
        view: await writePiece(folder, writeView(view)),
        pack: pack.piece.name,
      };
      const after = { session, packs: await packsWith(index.packs, pack, keys, folder) };
      summary = summaryOf(after);
      return after;
    });
    if (!summary) throw new CannotKeepError('The session was not kept.'); // never: the change was made
    return summary;
  }

  /** False where that session is not kept any more. */
  async keepView(id: string, view: KeptView): Promise<boolean> {
    let isThere = false;
    await (await this.#opened).change(async (index, folder) => {
      const { session } = index;
      if (session?.id !== id) return index;
      isThere = true;
      return { ...index, session: { ...session, view: await writePiece(folder, writeView(view)) } };
    });
    return isThere;
  }

  /** Undefined where nothing is kept. @throws {KeptDamagedError} after the session was removed, if its pairs cannot be read */
  async session(): Promise<ReadSession | undefined> {
    const store = await this.#opened;
    let id: string | undefined;
    try {
      return await store.read(async (index, folder) => {
        id = index.session?.id;
        return index.session && readSession(index, index.session, folder);
      });
    } catch (error) {
      if (!(error instanceof KeptDamagedError)) throw error;
      await store.change(async (index) => (index.session?.id === id ? withoutSession(index) : index));
      throw new KeptDamagedError(`The kept session is damaged and was removed: ${error.message}.`);
    }
  }

  async forget(): Promise<void> {
    await (await this.#opened).forget();
  }
}

async function readSession(
  { packs }: KeptIndex,
  session: KeptSession,
  folder: FileSystemDirectoryHandle,
): Promise<ReadSession> {
  const pack = packs.find(({ piece }) => piece.name === session.pack);
  if (!pack) throw new KeptDamagedError('the embeddings: the file is gone');
  const { images, texts } = await readPack(folder, pack);
  const file = await readPiece(folder, session.facts, 'the captions');
  const { ids, labels, madeBy, ...facts } = JSON.parse(await file.text()) as Facts; // whole, as it was written
  const notes: string[] = [];
  const ifWhole = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof KeptDamagedError)) throw error;
      notes.push(`The kept session is without a part that is damaged: ${error.message}.`);
      return undefined;
    }
  };
  const { pictures, view } = session;
  return {
    session,
    facts,
    vectors: { images: { ...images, ids: ids.images }, texts: { ...texts, ids: ids.texts }, labels, madeBy },
    // In memory from here: the file may go while the page still shows it.
    pictures:
      pictures && (await ifWhole(async () => inMemory(await readPiece(folder, pictures, 'the images')))),
    view: view && (await ifWhole(async () => readView(await readPiece(folder, view, 'map and view')))),
    notes,
  };
}

async function inMemory(file: Blob): Promise<Blob> {
  return new Blob([await file.arrayBuffer()]);
}

/** Empty for what was embedded elsewhere, or of which something was said that must be said again. */
async function keysOf(
  pairs: readonly KnownPair[],
  { madeBy }: PairVectors,
  onDone: (done: number) => void,
): Promise<PackKeys> {
  const images: string[] = [];
  const texts: string[] = [];
  const remarked = { images: new Set(madeBy?.remarked.images), texts: new Set(madeBy?.remarked.texts) };
  for (const [row, { id, image, caption }] of pairs.entries()) {
    const isKnown = madeBy !== undefined;
    images.push(isKnown && image && !remarked.images.has(row) ? await keyOfImage(image, id) : '');
    texts.push(isKnown && !remarked.texts.has(row) ? await keyOf(caption) : '');
    onDone(row + 1);
  }
  return { images, texts };
}

async function keyOfImage(image: Blob, id: string): Promise<string> {
  try {
    return await keyOf(image);
  } catch {
    throw new CannotKeepError(
      `${id} cannot be read any more: it was moved or changed after it was opened. Open the files again, and keep them then.`,
    );
  }
}

/** Without older ones that it makes needless, or that are too many. */
async function packsWith(
  older: readonly KeptPack[],
  pack: KeptPack,
  keys: PackKeys,
  folder: FileSystemDirectoryHandle,
): Promise<KeptPack[]> {
  const packs = [pack];
  let bytes = pack.piece.bytes;
  for (const old of older.toReversed()) {
    bytes += old.piece.bytes;
    if (old.madeBy === undefined || bytes > MOST_PACKS) continue; // nothing looks it up any more
    const isSame = old.madeBy === pack.madeBy && old.window === pack.window;
    const isNeedless = await readPack(folder, old).then(
      (read) => isSame && isWithin(read.keys, keys),
      () => true, // damaged
    );
    if (isNeedless) bytes -= old.piece.bytes;
    else packs.unshift(old);
  }
  return packs;
}

function withoutSession({ packs, session }: KeptIndex): KeptIndex {
  return {
    session: undefined,
    packs: packs.filter(({ piece, madeBy }) => madeBy !== undefined && piece.name !== session?.pack),
  };
}

function summaryOf(index: KeptIndex): KeptSummary {
  return {
    session: index.session,
    bytes: piecesOf(index).reduce((sum, { bytes }) => sum + bytes, 0),
    embedded: index.packs.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function factsFile(pairs: readonly KnownPair[], vectors: PairVectors, pictures: Pictures): Blob {
  const facts: Facts = {
    pairs: pairs.map(factsOf),
    ids: { images: vectors.images.ids, texts: vectors.texts.ids },
    labels: vectors.labels,
    madeBy: vectors.madeBy,
    pictures: placesOf(pictures),
  };
  return new Blob([JSON.stringify(facts)]);
}

function joined(pictures: Pictures): Blob {
  return new Blob(pictures.filter((picture) => picture !== undefined));
}
