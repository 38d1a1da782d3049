import { fuzzed } from './fuzz/property.ts';
import { headers } from './fuzz/targets/headers.ts';

fuzzed(headers);
