// tsdown by its API: its command begins each run on Node 20 with a line about Node. Takes another config's path.
import { build } from 'tsdown';

await build({ config: process.argv[2] ?? true, logLevel: 'error', failOnWarn: true });
