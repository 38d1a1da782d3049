import type { Command } from 'commander';
import type { Session } from '../cli/session.ts';
import { registerApply } from './close-gap-apply.ts';
import { registerFit } from './close-gap-fit.ts';
import { registerSweep } from './close-gap-sweep.ts';

export function registerCloseGap(program: Command, session: Session): void {
  const command = program
    .command('close-gap')
    .summary('fit, apply and compare maps that close the modality gap')
    .description(
      'Close the modality gap of embeddings: fit an affine map a modality and judge it on held-out pairs, apply it, or ' +
        'compare many.',
    );
  registerFit(command, session);
  registerApply(command, session);
  registerSweep(command, session);
}
