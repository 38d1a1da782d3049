import { excerpt } from '../excerpt.ts';
import type { ArchiveRow } from './archive.ts';

/** What of an archive is neither image nor text, as a sentence. */
export function leftOut(file: string, names: readonly string[]): string[] {
  const kinds = new Map<string, number>();
  for (const name of names) {
    const kind = /\.[^./]+$/.exec(name)?.[0].toLowerCase() ?? 'no ending';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const counted = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return names.length === 0 ? [] : [`${file}: left out, being no part of a pair: ${counted}`];
}

/** Images without a caption, and captions without an image, as sentences. */
export function lone(file: string, rows: readonly ArchiveRow[]): string[] {
  const hasImage = ({ member, image }: ArchiveRow) => member !== undefined || image !== undefined;
  const images = rows.filter((row) => row.text === undefined).map(({ id }) => id);
  const texts = rows.filter((row) => !hasImage(row)).map(({ id }) => id);
  return [
    ...(images.length > 0 ? [`${file}: no caption for ${someOf(images, 'image')}`] : []),
    ...(texts.length > 0 ? [`${file}: no image for ${someOf(texts, 'caption')}`] : []),
  ];
}

/** `3 images (a.png, b.png, c.png)` */
function someOf(names: readonly string[], what: string): string {
  const shown = names.slice(0, 3).map((name) => excerpt(name).slice(1, -1));
  const more = names.length > 3 ? ', …' : '';
  return `${names.length} ${what}${names.length === 1 ? '' : 's'} (${shown.join(', ')}${more})`;
}
