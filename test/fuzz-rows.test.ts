import { fuzzed } from './fuzz/property.ts';
import { rows } from './fuzz/targets/rows.ts';

fuzzed(rows);
