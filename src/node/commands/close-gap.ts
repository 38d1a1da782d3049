import type { Command } from 'commander';
import { addExamples } from '../cli/examples.ts';
import type { Session } from '../cli/session.ts';
import { registerApply } from './close-gap-apply.ts';
import { registerFit } from './close-gap-fit.ts';
import { registerSweep } from './close-gap-sweep.ts';

export function registerCloseGap(program: Command, session: Session): void {
  const command = program
    .command('close-gap')
    .summary('fit, apply and compare maps that close the modality gap')
    .description(
      'Close the modality gap of embeddings: fit an affine map for each modality and judge it on held-out pairs, apply it, or ' +
        'compare many.',
    );
  addExamples(command, [
    ['close-gap fit images.npy texts.npy -o gap.safetensors', 'fit, and see what it is worth'],
    ['close-gap apply gap.safetensors --images images.npy -o closed', 'then apply it'],
  ]);
  registerFit(command, session);
  registerApply(command, session);
  registerSweep(command, session);
}
