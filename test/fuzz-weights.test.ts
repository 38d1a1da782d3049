import { fuzzed } from './fuzz/property.ts';
import { weights } from './fuzz/targets/weights.ts';

fuzzed(weights);
