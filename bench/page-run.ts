// npm run page:bench: prints the table, and writes the JSON to out/page-bench.json. Arguments: pairs, dimensions, openings.
import { mkdir, writeFile } from 'node:fs/promises';
import { BUILT_PAGE, benchPage } from './page.ts';
import { pageTable } from './page-table.ts';

const [pairs = 5000, dim = 512, opens = 10] = process.argv.slice(2).map(Number);
const report = await benchPage({
  ...{ page: BUILT_PAGE, pairs, dim, opens },
  onProgress: (message) => console.error(message),
});
await mkdir('out', { recursive: true });
await writeFile('out/page-bench.json', `${JSON.stringify(report, null, 2)}\n`);
console.log(pageTable(report));
