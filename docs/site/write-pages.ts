// Writes the pages of the documentation that are made from the sources into docs/reference, which is not committed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandsPage } from './commands.ts';
import { errorsPage } from './errors.ts';
import { memoryPage } from './memory.ts';
import { optionsPage } from './options.ts';
import { ROOT } from './sources.ts';
import { statisticsPage } from './statistics.ts';

const folder = join(ROOT, 'docs/reference');
const pages = {
  'commands.md': await commandsPage(),
  'options.md': optionsPage(),
  'errors.md': errorsPage(),
  'statistics.md': statisticsPage(),
  'memory.md': await memoryPage(),
};
await mkdir(folder, { recursive: true });
for (const [file, text] of Object.entries(pages)) await writeFile(join(folder, file), `${text}\n`);
