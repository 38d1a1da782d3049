import type { MapStep, Shown } from '../engine/types.ts';

/** Which pairs a closing was trained on: so many of the session, from the first, or others; a file does not say it. */
export type TrainedOn = number | 'others' | 'file';

interface Closing {
  readonly name: string;
  readonly trainedOn: TrainedOn;
  /** As its file. */
  readonly bytes: Uint8Array;
}

interface Places {
  readonly step: MapStep;
  readonly perplexity: number;
  /** How the pairs are shown in it. */
  readonly shown: Shown;
  /** Whether a whole descent lies behind it. */
  readonly isWhole: boolean;
}

/** How a session was looked at. */
export interface KeptView {
  /** As in a link: choices and selection. */
  readonly text: string;
  readonly map: Places | undefined;
  /** What was trained or loaded. */
  readonly closing: Closing | undefined;
  /** Whether the pairs were shown by it. */
  readonly showsClosing: boolean;
}

/** In the file its length and this as JSON come first; then the map's places, and the closing's file. */
interface Head extends Pick<KeptView, 'text' | 'showsClosing'> {
  readonly map: (Omit<Places, 'step'> & Omit<MapStep, 'embedding'>) | undefined;
  readonly mapBytes: number;
  readonly closing: Omit<Closing, 'bytes'> | undefined;
}

export function writeView({ text, map, closing, showsClosing }: KeptView): Blob {
  const { embedding = new Float32Array(), ...step } = map?.step ?? { iteration: 0, klDivergence: undefined };
  const { bytes = new Uint8Array(), ...named } = closing ?? {};
  const head = {
    text,
    showsClosing,
    map: map && { ...map, step: undefined, ...step },
    mapBytes: embedding.byteLength,
    closing: closing && named,
  };
  const json = new TextEncoder().encode(JSON.stringify(head));
  return new Blob([Uint32Array.of(json.byteLength), json, embedding, Uint8Array.from(bytes)]);
}

export async function readView(file: Blob): Promise<KeptView> {
  const content = await file.arrayBuffer();
  const start = 4 + (new Uint32Array(content, 0, 1)[0] ?? 0);
  const { map, mapBytes, closing, ...head } = JSON.parse(
    new TextDecoder().decode(content.slice(4, start)),
  ) as Head; // as `writeView` wrote it
  const end = start + mapBytes;
  const embedding = new Float32Array(content.slice(start, end));
  return {
    ...head,
    map: map && placesIn(map, embedding),
    closing: closing && { ...closing, bytes: new Uint8Array(content.slice(end)) },
  };
}

function placesIn(
  { iteration, klDivergence, ...rest }: NonNullable<Head['map']>,
  embedding: MapStep['embedding'],
): Places {
  return { ...rest, step: { iteration, klDivergence, embedding } };
}
