import { render } from 'preact';
import { followFocus } from './state/focus.ts';
import { followPairs } from './state/heatmap.ts';
import { noGpu } from './state/messages.ts';
import { App } from './views/app.tsx';
import { acceptDrops } from './views/drop-anywhere.ts';
import { listenForShortcuts } from './views/shortcuts.ts';

// Typed as always there, but missing in browsers without WebGPU and on pages that are not secure.
const gpu: GPU | undefined = navigator.gpu;
if (!gpu) noGpu.value = isSecureContext ? 'navigator.gpu is missing' : 'this page is not secure';

followFocus();
followPairs();
listenForShortcuts();
acceptDrops();

const app = document.getElementById('app');
if (app) render(<App />, app);

if (import.meta.env.PROD) await navigator.serviceWorker?.register('./sw.js');
