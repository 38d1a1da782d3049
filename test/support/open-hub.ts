// Opens a model of a hub in a process of its own: node --import ./from-source.mjs open-hub.ts repo endpoint cache
import { openDirectory } from '../../src/node/platform.ts';

const [repo = '', endpoint = '', cacheFolder = ''] = process.argv.slice(2);
const directory = await openDirectory(repo, { hub: { endpoint, cacheFolder, token: '' } });
process.stdout.write(`${directory.revision}\n`);
