// The pairs of archives.py as Parquet, by DuckDB. Run: archives.py first, then `npm install --no-save @duckdb/node-api` in a
// folder of its own, and `NODE_PATH=that/node_modules node archives.mjs`.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const require = createRequire(`${process.env.NODE_PATH}/x.js`);
const { DuckDBInstance } = require('@duckdb/node-api');

const folder = fileURLToPath(new URL('archives/', import.meta.url));
const { names, captions, classes, groups, classNames } = JSON.parse(readFileSync(`${folder}pairs.json`, 'utf8'));
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const text = (value) => `'${String(value).replaceAll("'", "''")}'`;

const rows = names.map((name, i) => {
  const list = `[${captions[i].map(text).join(', ')}]`;
  return `(${i}, ${text(name)}, ${list}, ${classNames.indexOf(classes[i])}, ${text(classes[i])}, ${text(groups[i])})`;
});
await connection.run(
  `create table items as select * from (values ${rows.join(', ')}) t(i, name, captions, class, label, "group")`,
);
await connection.run(
  `create table bytes as select parse_filename(filename) as name, content from read_blob('${folder}images/*')`,
);
await connection.run('create view joined as select * from items join bytes using (name) order by i');

const huggingface = JSON.stringify({
  info: {
    features: {
      image: { _type: 'Image' },
      caption: { feature: { dtype: 'string', _type: 'Value' }, _type: 'List' },
      label: { names: classNames, _type: 'ClassLabel' },
      group: { dtype: 'string', _type: 'Value' },
    },
  },
});
const copy = (query, file, options) => connection.run(`copy (${query}) to '${folder}${file}' (format parquet, ${options})`);

// As `datasets` stores it: images inside, a list of captions, numbers of classes whose names are beside the schema.
await copy(
  `select {'bytes': content, 'path': name} as image, captions as caption, class::bigint as label, "group" from joined`,
  'hugging-face.parquet',
  `codec snappy, kv_metadata {huggingface: ${text(huggingface)}}`,
);
// A row a caption, with the bytes of its image again: an id says which are one.
const single = `select *, unnest(captions) as text from joined`;
await copy(
  `select 'item ' || i as id, content as picture, text, label, "group" from (${single})`,
  'bytes.parquet',
  'codec zstd',
);
// Images beside it, the caption in a struct.
await copy(
  `select 'images/' || name as file_name, {'report': text, 'words': 3} as findings, label, "group" from (${single})`,
  'paths.parquet',
  'codec brotli',
);
for (const codec of ['uncompressed', 'gzip', 'lz4_raw']) {
  await copy(`select 'images/' || name as image, text as caption from (${single})`, `${codec}.parquet`, `codec ${codec}`);
}
