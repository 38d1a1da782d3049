import { fuzzed } from './fuzz/property.ts';
import { decoders } from './fuzz/targets/decoders.ts';

fuzzed(decoders);
