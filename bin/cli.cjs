#!/usr/bin/env node
// Images are decoded on libuv's threads, four unless this variable says otherwise when the first is made: which Node does as it
// reads the first ES module. So this file is CommonJS, and sets it before. What a user has set stays.
'use strict';
process.env.UV_THREADPOOL_SIZE ||= String(Math.max(4, require('node:os').availableParallelism()));
if (require.main === module) import('./cli.js'); // else it is preloaded, by `npm run cli`
