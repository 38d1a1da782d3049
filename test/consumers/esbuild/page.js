// esbuild emits no files for `new URL(file, import.meta.url)`: the model is copied beside the page and named.
import { cosines } from './program.js';

const model = new URL('model/', location.href).href;
globalThis.outcome = await cosines(undefined, model).then(JSON.stringify, String);
