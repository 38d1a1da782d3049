import type { HubOptions, LoadOptions } from '../api.ts';
import { checkOptions, type Shape, text } from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';

const OPTIONS: Shape<HubOptions> = { endpoint: text, token: text, cacheFolder: text };

/** @throws {InvalidOptionError | UnknownOptionError} */
export function checkHubOptions(hub: HubOptions | undefined): void {
  if (hub) checkOptions('load', 'hub', hub, OPTIONS);
}

/** Ignored in silence, another version than was meant could be loaded. @throws {InvalidOptionError} */
export function expectNoRevision({ revision }: LoadOptions): void {
  if (revision === undefined) return;
  throw new InvalidOptionError(
    'revision',
    'left out, since the source is no name such as org/name',
    revision,
  );
}
