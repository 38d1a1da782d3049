import { writeFileSync } from 'node:fs';
import { closingFront, type FrontPoint } from '../../src/plots/closing-front.ts';
import { temperatureSweep } from '../../src/plots/temperature-sweep.ts';
import { paint } from '../../src/plots/theme.ts';
import type { Setting } from './judge.ts';
import { SETTINGS } from './settings.ts';

interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Writes front.svg and temperature.svg beside this file. */
export function writePictures(results: {
  readonly subjects: readonly Row[];
  readonly captions: readonly Row[];
  readonly temperature: readonly Row[];
}): void {
  const front = closingFront({
    kept: 'zero-shot accuracy',
    panels: [
      { of: 'captions', points: pointsOf(results.captions) },
      { of: 'groups', points: pointsOf(results.subjects) },
    ],
  });
  const sweep = temperatureSweep({
    before: results.captions.find(({ name }) => name === 'none')?.values.distributionGap ?? Number.NaN,
    captions: results.temperature.map(({ name, values }) => ({
      scale: Number(name.replace('scale ', '')),
      distributionGap: values.distributionGap ?? Number.NaN,
      floor: values.floor,
    })),
  });
  for (const [name, { svg }] of Object.entries({ front, temperature: sweep })) {
    writeFileSync(new URL(`${name}.svg`, import.meta.url), paint(svg, 'light'));
  }
}

/** Of the settings that the front knows. */
function pointsOf(rows: readonly Row[]): FrontPoint[] {
  return SETTINGS.flatMap(({ name, fit, head }: Setting) => {
    const values = rows.find((row) => row.name === name)?.values;
    const { meanAveragePrecision: precision, 'zeroShot.accuracy': kept } = values ?? {};
    if (!fit || fit === 'auto' || head?.modGap || precision === undefined || kept === undefined) return [];
    const scale = typeof head?.scale === 'number' ? head.scale : undefined;
    return [{ ...fit, scale, identity: head?.identity, precision, kept }];
  });
}
