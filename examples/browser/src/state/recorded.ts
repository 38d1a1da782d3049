import { signal } from '@preact/signals';
import { pickedFiles } from '../data/dropped-files.ts';
import { exampleFiles } from '../data/example-set.ts';
import { pairFiles } from '../data/paired-files.ts';
import { useRecorded } from '../engine/client.ts';
import { EMBEDDED } from '../engine/space.ts';
import type { Recording } from '../recorded/recording.ts';
import { noGpu } from './messages.ts';
import { openSaved } from './opening.ts';
import { lookForGpu, recover } from './recover.ts';

/** When and where what is seen was computed; undefined where it is computed here. */
export const recorded = signal<Pick<Recording, 'date' | 'adapter'> | undefined>(undefined);

/** The example set as it was computed elsewhere, for browsers without a GPU. */
export async function openRecorded(): Promise<void> {
  const title = 'Fetching the recorded example';
  await openSaved(title, async (signal, tell) => {
    const { RecordedEngine, withRefusals } = await import('../recorded/recorded-engine.ts');
    const response = await fetch(new URL('recorded-example.json', document.baseURI), { signal });
    if (!response.ok) throw new Error(`recorded-example.json: the server answered ${response.status}`);
    const recording: Recording = await response.json();
    const files = await exampleFiles((done, total) => tell({ title, done, total, isCounted: true }), signal);
    const { pairs } = await pairFiles(pickedFiles(files));
    if (pairs.some(({ id }, i) => id !== recording.ids[i]) || pairs.length !== recording.ids.length) {
      throw new Error('The recorded example is of another example set than this page has.');
    }
    const engine = new RecordedEngine(recording);
    const { fingerprint, dim, logitScale } = recording;
    return {
      vectors: engine.vectors,
      space: { name: EMBEDDED, fingerprint, dim, logitScale },
      pairs,
      notes: [],
      useEngine: () => {
        useRecorded(withRefusals(engine));
        recorded.value = recording;
      },
    };
  });
}

/** A GPU that is there by now takes over. */
export async function lookAgain(): Promise<void> {
  await lookForGpu();
  if (noGpu.value !== undefined || !recorded.value) return;
  recorded.value = undefined;
  await recover();
}
