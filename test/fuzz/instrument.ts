// A module hook behind `from-source.mjs`: the sources under test count which of their branches are taken.
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';

const TESTED = /\/(?:src|weights)\/[^?]*\.ts$/;
const instrumenter = createInstrumenter({ esModules: true, produceSourceMap: false, compact: false });

export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context);
  if (!TESTED.test(url) || url.includes('/node_modules/') || !loaded.source) return loaded;
  const code = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
  return { ...loaded, source: instrumenter.instrumentSync(code, fileURLToPath(url)) };
};
