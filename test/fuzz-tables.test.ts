import { fuzzed } from './fuzz/property.ts';
import { tables } from './fuzz/targets/tables.ts';

fuzzed(tables);
