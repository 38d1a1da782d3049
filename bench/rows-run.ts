// npm run rows:bench: prints the table, and writes the JSON to out/rows-bench.json. It needs python3 with NumPy, and room for
// the file among temporary ones.
import { mkdir, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { listOf, positiveInteger } from '../src/node/cli/number-options.ts';
import { benchRows, type RowsOptions } from './rows/rows.ts';
import { rowsTable } from './rows/rows-table.ts';

const command = new Command('rows:bench')
  .description('The nearest rows of a file of f16 rows, beside NumPy.')
  .option('--adapter <name>', 'part of the adapter’s name')
  .option('--rows <n>', 'rows of the file', positiveInteger, 1_000_000)
  .option('--dim <n>', 'values of a row', positiveInteger, 512)
  .option('--queries <n...>', 'queries, each number a race (default: 1 32 256)', listOf(positiveInteger))
  .option('--rounds <n>', 'timed runs of each peer after the first', positiveInteger, 3)
  .parse();
const { queries = [1, 32, 256], ...rest }: Omit<RowsOptions, 'queries'> & { queries?: number[] } =
  command.opts();
const report = await benchRows({ ...rest, queries, onProgress: (message) => console.error(message) });
await mkdir('out', { recursive: true });
await writeFile('out/rows-bench.json', `${JSON.stringify(report, null, 2)}\n`);
console.log(rowsTable(report));
