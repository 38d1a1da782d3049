import type { Hidden } from './map-hidden.ts';
import type { Codec } from './url-codecs.ts';

/** Longer than this, what is hidden is left out of links. */
const MOST_CHARACTERS = 500;

/**
 * What is hidden in the map: `i` and `t` for images and texts, and for each label the first pair that has it, in base 36, since
 * links say nothing of labels themselves.
 * @param labels of the pairs that are open
 */
export function hiddenCode(labels: () => readonly string[]): Codec<Hidden> {
  return {
    write: ({ modalities, labels: hidden }) => {
      const all = labels();
      const firsts = hidden.map((label) => all.indexOf(label).toString(36));
      const text = [...modalities.map((modality) => (modality === 'image' ? 'i' : 't')), '', ...firsts].join(
        '_',
      );
      const isNothing = modalities.length + hidden.length === 0;
      return isNothing || text.length > MOST_CHARACTERS ? undefined : text;
    },
    read: (text) => {
      const [, modalities = '', firsts = ''] = /^((?:[it]_)*)((?:_[\da-z]{1,6})*)$/.exec(text) ?? [];
      const all = labels();
      const hidden = firsts
        .split('_')
        .slice(1)
        .map((first) => all[Number.parseInt(first, 36)]);
      const isKnown = hidden.every((label) => label !== undefined);
      if (modalities + firsts === '' || !isKnown) return undefined;
      return {
        modalities: (['image', 'text'] as const).filter((modality) =>
          modalities.includes(modality.charAt(0)),
        ),
        labels: [...new Set(hidden)],
      };
    },
  };
}
