import { CLASS_HUES, viridis } from 'biomedclip-webgpu/plots';
import { bySize } from '../data/by-size.ts';
import type { Modality } from '../session/points.ts';
import type { Pair } from '../session/session.ts';

export type ColourMode = 'modality' | 'label' | 'distance';
export type Rgb = readonly [number, number, number];

/** Points that a legend can hide. */
export type LegendPart =
  | { readonly kind: 'modality'; readonly modality: Modality }
  | { readonly kind: 'labels'; readonly labels: readonly string[] };

/** One entry of a legend: the points of a colour. */
export interface ColourGroup {
  readonly name: string;
  readonly colour: Rgb;
  /** What has the colour: images, which are discs, texts, which are rings, or both. */
  readonly mark: 'disc' | 'ring' | 'both';
  /** Undefined on a scale. */
  readonly part?: LegendPart | undefined;
}

export interface PointColours {
  /** Of n images and then n texts, `[2n, 3]` */
  readonly rgb: Uint8Array;
  readonly legend: readonly ColourGroup[];
}

/** As in the library's plots, on light and on dark paper. */
const IMAGE = { light: [42, 109, 184], dark: [111, 171, 234] } as const;
const TEXT = { light: [192, 90, 13], dark: [240, 160, 92] } as const;
const OTHER: Rgb = [138, 146, 157];
/** Viridis without its ends, which cannot be seen on dark or on light paper. */
const VISIBLE = { from: 0.1, to: 0.88 };

export function pointColours(
  mode: ColourMode,
  pairs: readonly Pair[],
  distances: Float32Array,
  dark: boolean,
): PointColours {
  if (mode === 'label') return byLabel(pairs);
  if (mode === 'distance') return byDistance(pairs.length, distances);
  return byModality(pairs.length, dark ? 'dark' : 'light');
}

function byModality(n: number, theme: 'light' | 'dark'): PointColours {
  const [image, text] = [IMAGE[theme], TEXT[theme]];
  return {
    rgb: filled(2 * n, (point) => (point < n ? image : text)),
    legend: [
      { name: 'images', colour: image, mark: 'disc', part: { kind: 'modality', modality: 'image' } },
      { name: 'texts', colour: text, mark: 'ring', part: { kind: 'modality', modality: 'text' } },
    ],
  };
}

/** The largest classes each in a hue, the rest in grey. */
function byLabel(pairs: readonly Pair[]): PointColours {
  const ordered = bySize(pairs.map(({ label }) => label));
  const own = ordered.slice(
    0,
    ordered.length <= CLASS_HUES.length ? CLASS_HUES.length : CLASS_HUES.length - 1,
  );
  const colours = new Map(own.map((label, i) => [label, rgbOf(CLASS_HUES[i])]));
  const legend: ColourGroup[] = own.map((name) => ({
    name,
    colour: colours.get(name) ?? OTHER,
    mark: 'both',
    part: { kind: 'labels', labels: [name] },
  }));
  const rest = ordered.slice(own.length);
  if (rest.length > 0) {
    const part = { kind: 'labels', labels: rest } as const;
    legend.push({ name: `${rest.length} smaller`, colour: OTHER, mark: 'both', part });
  }
  const colourOf = (point: number) => colours.get(pairs[point % pairs.length]?.label ?? '') ?? OTHER;
  return { rgb: filled(2 * pairs.length, colourOf), legend };
}

function byDistance(n: number, distances: Float32Array): PointColours {
  const sorted = distances.slice().sort();
  const [low = 0, high = 1] = [sorted[0], sorted.at(-1)];
  const at = (t: number) => viridis(VISIBLE.from + (VISIBLE.to - VISIBLE.from) * t);
  const colourOf = (point: number) => at(((distances[point % n] ?? low) - low) / (high - low || 1));
  const legend = [0, 0.5, 1].map((t): ColourGroup => {
    return { name: (low + (high - low) * t).toFixed(2), colour: at(t), mark: 'both' };
  });
  return { rgb: filled(2 * n, colourOf), legend };
}

function filled(points: number, colourOf: (point: number) => Rgb): Uint8Array {
  const rgb = new Uint8Array(3 * points);
  for (let point = 0; point < points; point++) rgb.set(colourOf(point), 3 * point);
  return rgb;
}

function rgbOf(hex = '#8a929d'): Rgb {
  const at = (from: number) => Number.parseInt(hex.slice(from, from + 2), 16);
  return [at(1), at(3), at(5)];
}
