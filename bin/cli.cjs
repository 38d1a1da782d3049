#!/usr/bin/env node
// Images are decoded on libuv's threads, four unless this variable says otherwise when the first is made: which Node does as it
// reads the first ES module. So this file is CommonJS, and sets it before. What a user has set stays.
'use strict';
process.env.UV_THREADPOOL_SIZE ||= String(Math.max(4, require('node:os').availableParallelism()));
const built = './cli.js'; // not a literal: in the source it is not there
if (require.main === module) import(built); // else this file is preloaded, by `npm run cli`
