// Preloaded, it lets Node run TypeScript, with the imports of text files: `node --import ./from-source.mjs some-script.ts`
import { register } from 'node:module';
import 'tsx';

register('./text-files.ts', import.meta.url);
