// The process in which a target runs: sources are counted there, and what hangs, fills the memory or ends Node ends it alone.
import { register } from 'node:module';
import '../../from-source.mjs';

register('./instrument.ts', import.meta.url);
(await import('./coverage.ts')).countPlaces();
await import('./worker.ts');
