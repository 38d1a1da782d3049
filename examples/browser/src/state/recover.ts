import { dropEngine, engine } from '../engine/client.ts';
import { engines } from './engines.ts';
import { forgetTraining } from './head.ts';
import { keptClosing } from './kept-closing.ts';
import { endDescent } from './map.ts';
import { measureEmbedded, measureShown } from './measures.ts';
import { lost, noGpu, report } from './messages.ts';
import { reopenModel } from './opening.ts';
import { measurePairs, pairFigures } from './pair-figures.ts';
import { session } from './session.ts';

/** How long a system takes to have a GPU again. */
const RESTART_MS = 1000;

/** Finds out whether anything can be computed here before somebody tries. */
export async function lookForGpu(): Promise<void> {
  // Typed as always there, but missing in browsers without WebGPU and on pages that are not secure.
  const gpu: GPU | undefined = navigator.gpu;
  noGpu.value = undefined;
  if (!gpu) noGpu.value = isSecureContext ? 'navigator.gpu is missing' : 'this page is not secure';
  else if (!(await gpu.requestAdapter())) noGpu.value = 'there is no adapter';
}

/** What draws on the GPU lost it: the model may have lost it too. */
export function checkGpuSoon(): void {
  setTimeout(() => {
    engines.value += 1;
    if (session.model.value) engine().check().catch(report);
  }, RESTART_MS);
}

async function restore(): Promise<void> {
  const { vectors, space, shown } = session;
  if (!vectors.value || !space.value) return;
  await engine().restore(vectors.value, space.value, shown.value, keptClosing.value?.bytes);
}

/** A new engine after the GPU was lost, with the same model and the same embeddings. */
export async function recover(): Promise<void> {
  dropEngine();
  session.ofModel.abandonQuestions();
  forgetTraining();
  endDescent();
  try {
    if (!session.model.value) await restore();
    else if (!(await reopenModel(restore))) return; // what is lost still is
  } catch (error) {
    report(error);
    return;
  }
  lost.value = undefined;
  engines.value += 1;
  void measureEmbedded();
  void measureShown();
  if (!pairFigures.value) void measurePairs();
}
