import { throwIfAborted } from '../../src/errors.ts';
import type { ModelConfig } from '../../weights/config.ts';
import type { BertConfig, TimmVitConfig } from '../../weights/tower-config.ts';
import { PeerMissingError } from '../peer-errors.ts';
import { PYTHON, PythonProcess } from '../python-process.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { TEXT_LENGTHS } from '../tower-inputs.ts';
import type { Work } from './report.ts';
import script from './torch-peer.py';

export const TORCH_MODES = ['fp32', 'fp16 eager', 'fp16 compiled'] as const;

export interface TorchRow {
  readonly work: Work;
  readonly mode: (typeof TORCH_MODES)[number];
  readonly batch: number;
  /** Milliseconds a batch, from bytes or ids on the host to rows there. */
  readonly time?: Spread;
  readonly perSecond?: number;
  readonly failed?: string;
}

/** PyTorch on towers of the same shapes, after ours and not in turn. */
export interface TorchReport {
  readonly torch: string;
  readonly python: string;
  readonly device: 'cuda' | 'cpu';
  /** The GPU's, as CUDA calls it, or `the CPU`. */
  readonly name: string;
  /** What each tower is made of: timm, or modules of torch alone. */
  readonly made: Readonly<Record<'images' | 'texts', string>>;
  /** Parameters of each tower. */
  readonly parameters: Readonly<Record<'images' | 'texts', number>>;
  readonly rows: readonly TorchRow[];
}

/** The towers that the peer has. */
export interface TorchTowers {
  readonly image: TimmVitConfig;
  readonly text: BertConfig;
  readonly embedDim: number;
}

/** Undefined for a model of other towers. */
export function torchTowers({ image, text, embedDim }: ModelConfig): TorchTowers | undefined {
  const usual = image.kind === 'timm' && image.pool === undefined && image.classToken === undefined;
  if (!usual || text.kind !== 'bert' || text.pool !== undefined) return undefined;
  return { image, text, embedDim };
}

export interface TorchOptions {
  readonly towers: TorchTowers;
  readonly batches: readonly number[];
  readonly rounds: number;
  /** It begins no batch after these. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** After each batch, with all so far. */
  readonly onFound: (report: TorchReport) => void;
}

/** Larger batches take minutes there, and say nothing about a GPU. */
const LARGEST_ON_CPU = 8;
/** That of the path, which may be a virtual environment's, then Debian's. */
const PYTHONS = ['python3', PYTHON];

type Line = Partial<Omit<TorchReport, 'rows'>> &
  Partial<Pick<TorchRow, 'work' | 'mode' | 'batch' | 'failed'>> & {
    readonly ms?: readonly number[];
    readonly missing?: string;
    readonly done?: true;
  };

/** @throws {PeerMissingError} without Python or PyTorch */
export async function measureTorch(options: TorchOptions): Promise<void> {
  const missing: string[] = [];
  for (const python of PYTHONS) {
    const why = await measureBy(python, options);
    if (why === undefined) return;
    missing.push(why);
  }
  throw new PeerMissingError('PyTorch', 'pip install torch', new Error(missing.join('; ')));
}

/** @returns why there is none, or undefined once it has measured */
async function measureBy(python: string, options: TorchOptions): Promise<string | undefined> {
  const { signal } = options;
  const peer = new PythonProcess(['-c', script, JSON.stringify(settingsOf(options))], python);
  const end = () => peer.end();
  signal.addEventListener('abort', end);
  try {
    const first = await lineOf(peer);
    throwIfAborted(signal);
    if (first === undefined) return `${python} cannot be run`;
    if (first.missing !== undefined) return first.missing;
    const head = first as Omit<TorchReport, 'rows'>;
    const rows: TorchRow[] = [];
    let line = await lineOf(peer);
    for (; line && !line.done; line = await lineOf(peer)) {
      rows.push(rowOf(line as TorchRow & { ms?: readonly number[] }));
      options.onFound({ ...head, rows: [...rows] });
    }
    throwIfAborted(signal);
    if (!line) throw new Error(`${python} ended by itself after ${rows.length} batches`);
    return undefined;
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

async function lineOf(peer: PythonProcess): Promise<Line | undefined> {
  const line = await peer.answer();
  return line === undefined ? undefined : (JSON.parse(line) as Line);
}

function rowOf({ work, mode, batch, ms, failed }: TorchRow & { ms?: readonly number[] }): TorchRow {
  if (ms === undefined) return { work, mode, batch, failed: failed ?? 'no answer' };
  const time = spreadOf(ms);
  return { work, mode, batch, time, perSecond: (1000 * batch) / time.median };
}

function settingsOf({ towers, batches, rounds, seconds }: TorchOptions) {
  const { image, text, embedDim: dim } = towers;
  const lengths = Object.fromEntries(
    Object.entries(TEXT_LENGTHS).map(([name, each]) => [
      name,
      each.map((length) => Math.min(length, text.contextLength)),
    ]),
  );
  return { image, text, dim, batches, rounds, seconds, lengths, largestOnCpu: LARGEST_ON_CPU };
}
