import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPairs } from '../../src/metrics/gap/pairing.ts';
import { momentsOf } from '../../src/metrics/gap/shard-moments.ts';
import { setOf } from '../../src/node/export/exported-rows.ts';
import type { Manifest } from '../../src/node/manifest.ts';
import { Ledger } from '../../src/node/shards/ledger.ts';
import { momentsBytes } from '../../src/node/shards/moments-file.ts';
import { readPlan, writeList } from '../../src/node/shards/plan.ts';
import { writeParquet } from '../../src/rows-files/write-parquet.ts';

/** Pairs of given rows as shards, without a model. */
export class SyntheticShards {
  readonly ids: readonly string[];
  private readonly n: number;

  /** @param images `[n, dim]`, as `texts` @param rows pairs a shard */
  constructor(
    private readonly folder: string,
    private readonly images: Float32Array,
    private readonly texts: Float32Array,
    private readonly dim: number,
    private readonly rows: number,
  ) {
    this.n = images.length / dim;
    this.ids = Array.from({ length: this.n }, (_, i) => `pair ${i}`);
  }

  /** Writes the plan; to be called once, first. */
  async plan(): Promise<void> {
    const inputs = {
      images: this.ids.map((id) => ({ id, path: id })),
      texts: this.ids.map((id) => ({ id, text: id })),
      pairs: this.ids.map((_, i) => ({ image: i, text: i })),
    };
    const recipe = { model: 'm', fingerprint: 'f', dtype: 'f32', vectors: 'f32', revision: 1 } as const;
    const list = join(this.folder, 'p.rows.jsonl');
    const sink = { write: async (bytes: Uint8Array) => writeFile(list, bytes, { flag: 'a' }) };
    const plan = await writeList(sink, inputs, recipe, { rows: this.rows, list: 'p.rows.jsonl' });
    await writeFile(join(this.folder, 'p.json'), JSON.stringify(plan));
  }

  /** The folder of results of that name. */
  async open(results: string): Promise<Ledger> {
    return Ledger.open(join(this.folder, results), await readPlan(join(this.folder, 'p.json')));
  }

  /** @param stores whether the result has its moments */
  async commit(ledger: Ledger, index: number, stores = true): Promise<void> {
    const [images, texts] = [this.part(this.images, index), this.part(this.texts, index)];
    const counts = { images: images.rows, texts: texts.rows, pairs: images.rows };
    const manifest: Manifest = {
      ...{ model: 'm', dtype: 'f32', adapter: 'a', pairs: images.rows, skipped: [] },
      images: images.ids.map((id) => ({ id, path: id })),
      texts: images.ids.map((id) => ({ id, caption: id })),
    };
    const pieces: Uint8Array[] = [];
    const sets = [
      setOf({ path: '', rows: images, origin: { manifest, kind: 'images', file: '' } }),
      setOf({ path: '', rows: texts, origin: { manifest, kind: 'texts', file: '' } }),
    ];
    await writeParquet({ write: async (bytes) => void pieces.push(bytes) }, { sets, manifest });
    const moments = await momentsBytes(momentsOf(readPairs(images, texts, 'ids')));
    await ledger.commit(ledger.plan.shards[index] as (typeof ledger.plan.shards)[number], {
      parquet: Buffer.concat(pieces),
      ...(stores && { moments, alone: { images: 0, texts: 0 } }),
      ...{ ...counts, skipped: 0, truncated: 0, finished: '', seconds: 0 },
      provenance: { package: '', version: '', date: '', command: '', inputs: {} },
    });
  }

  private part(data: Float32Array, index: number) {
    const [first, end] = [index * this.rows, Math.min((index + 1) * this.rows, this.n)];
    return {
      data: data.slice(first * this.dim, end * this.dim),
      ...{ rows: end - first, dim: this.dim, ids: this.ids.slice(first, end) },
    };
  }
}
