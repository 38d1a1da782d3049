import { cosines } from './program.js';

globalThis.outcome = await cosines().then(JSON.stringify, String);
