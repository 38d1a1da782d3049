import { render } from 'preact';
import { followComparison } from './state/compare.ts';
import { followFocus } from './state/focus.ts';
import { followPairs } from './state/heatmap.ts';
import { followKept } from './state/keeping.ts';
import { followFullScreen } from './state/map-full.ts';
import { followPrincipalMap } from './state/map-layout.ts';
import { followRegions } from './state/map-regions.ts';
import { lookForGpu } from './state/recover.ts';
import { followSearch } from './state/search.ts';
import { followUrl } from './state/view-state.ts';
import { App } from './views/app.tsx';
import { acceptDrops } from './views/drop-anywhere.ts';
import { listenForShortcuts } from './views/shortcuts.ts';

void lookForGpu();
followComparison();
followFocus();
followPairs();
followPrincipalMap();
followFullScreen();
followRegions();
followSearch();
followUrl();
followKept();
listenForShortcuts();
acceptDrops();

const app = document.getElementById('app');
if (app) render(<App />, app);

if (import.meta.env.PROD) await navigator.serviceWorker?.register('./sw.js');
