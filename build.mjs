// tsdown by its API: its command begins each run on Node 20 with a line about Node.
import { build } from 'tsdown';
import { writeSbom } from './sbom.mjs';

await build({ config: true, logLevel: 'error', failOnWarn: true });
writeSbom();
