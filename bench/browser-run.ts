// npm run browser:bench: prints the table, and writes the JSON to out/browser-bench.json. It serves the sources, so that it
// is no command of the package.
import { mkdir, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { naturalNumber, positiveInteger } from '../src/node/cli/number-options.ts';
import { fullSizeModelDirectory } from '../src/node/seeded-models.ts';
import { type BrowserOptions, benchBrowser } from './browser/browser.ts';
import { browserTable } from './browser/browser-table.ts';

const command = new Command('browser:bench')
  .description('The towers in Chromium beside onnxruntime-web: WebGPU, and WebAssembly with threads.')
  .option('-m, --model <dir>', 'checkpoint directory (default: a seeded one of full size, made on first use)')
  .option('--rounds <n>', 'timed runs of each peer after the first; 0 times the first', naturalNumber, 3)
  .option('--images <n>', 'images a run', positiveInteger, 1)
  .option('--texts <n>', 'texts a run', positiveInteger, 8)
  .option('--hardware', 'the GPU that Chromium picks (default: its SwiftShader)')
  .parse();
const {
  model = await fullSizeModelDirectory(),
  ...rest
}: Omit<BrowserOptions, 'model'> & { model?: string } = command.opts();
const report = await benchBrowser({ model, ...rest, onProgress: (message) => console.error(message) });
await mkdir('out', { recursive: true });
await writeFile('out/browser-bench.json', `${JSON.stringify(report, null, 2)}\n`);
console.log(browserTable(report));
