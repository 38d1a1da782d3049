import { engine } from '../engine/client.ts';
import type { SavedFormat } from '../engine/types.ts';
import { session, shownName } from './session.ts';
import { Trouble } from './trouble.ts';

/** Of what is exported. */
export const exportTrouble = new Trouble(session.ofPairs);

/** The open embeddings as a file, which this page, the command line and others read. @param closed whether as they are shown */
export function embeddings(format: SavedFormat, closed: boolean): Promise<Blob> {
  const { space, pairs, shown, model } = session;
  if (!space.value) throw new Error('no pairs are open');
  return engine().embeddingsFile({
    format,
    pairs: pairs.value.map(({ id, caption, label, group }) => ({ id, caption, label, group })),
    space: space.value,
    adapter: (session.takesQueries.value && model.value?.info.adapter) || 'unknown',
    closed:
      closed && shownName.value !== undefined ? { shown: shown.value, name: shownName.value } : undefined,
  });
}
