import { fuzzed } from './fuzz/property.ts';
import { modelFiles } from './fuzz/targets/models.ts';

fuzzed(modelFiles);
