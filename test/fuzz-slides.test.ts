import { fuzzed } from './fuzz/property.ts';
import { slides } from './fuzz/targets/slides.ts';

fuzzed(slides);
