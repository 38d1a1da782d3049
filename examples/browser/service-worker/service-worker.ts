// The page without a network: everything built but the model is kept at the first visit, and answered from there when
// the network does not. With a network the server's copy wins, so that a new build is seen at once. The model is kept
// by the library when it is first loaded.

export {}; // a module, with a `self` of its own

declare const self: ServiceWorkerGlobalScope;

/** The build writes the list in here: `{ files, version }` as JSON. */
const { files, version } = JSON.parse('__PRECACHE__') as { files: string[]; version: string };
const CACHE = `page-${version}`;

self.addEventListener('install', (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && request.url.startsWith(self.registration.scope);
  if (isOurs && !request.headers.has('range')) event.respondWith(answer(request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(['./', ...files].map((file) => new Request(file, { cache: 'no-cache' })));
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('page-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (offline) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(request.url, { ignoreSearch: request.mode === 'navigate' });
    if (!kept) throw offline;
    return kept;
  }
}
