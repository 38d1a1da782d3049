// A module hook behind `from-source.mjs`: the sources under test count which of their branches are taken.
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';

const TESTED = /\/(?:src|weights)\/[^?]*\.ts$/;
/** A counter of istanbul's, which is a call and two look-ups by key. */
const COUNTER = /cov_\w+\(\)\.(?:[sf]|b\[\d+\])\[\d+\]\+\+/g;
const instrumenter = createInstrumenter({ esModules: true, produceSourceMap: false, compact: false });

let places = 0;

/** Its counters become bytes of one array (`coverage.ts`), by which a case takes a fifth of the time. */
export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context);
  if (!TESTED.test(url) || url.includes('/node_modules/') || !loaded.source) return loaded;
  const code = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
  const counted = instrumenter.instrumentSync(code, fileURLToPath(url));
  const source = counted.replace(COUNTER, () => `__places[${places++}]++`);
  return { ...loaded, source: `__placesUpTo(${places});${source}` };
};
