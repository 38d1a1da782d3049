// Runs in the browser: one tower at a time, all peers in turn.
import * as wasm from 'onnxruntime-web/wasm';
import * as webgpu from 'onnxruntime-web/webgpu';
import type { Dtype } from '../../src/api.ts';
import { BiomedClip, type EmbedInputs } from '../../src/index.ts';
import { OnnxSession } from '../onnx/onnx-session.ts';
import { normalisePixels } from '../onnx/pixels.ts';
import { type Peer, race } from '../race.ts';
import { picture } from '../tower-inputs.ts';
import type { PageTask, ServedModel } from './task.ts';

const DTYPES = ['f32', 'f16', 'q8'] as const satisfies readonly Dtype[];
/** Where ONNX Runtime finds its WebAssembly. */
const RUNTIME_FILES = '/node_modules/onnxruntime-web/dist/';

async function run(task: PageTask) {
  const models = new Map<Dtype, BiomedClip>();
  for (const dtype of DTYPES) models.set(dtype, await BiomedClip.load(task.model, { dtype, cache: false }));
  const { info } = models.get('f32') as BiomedClip;
  const races = [];
  for (const contest of task.contests) races.push(await runContest(task, contest, models));
  for (const model of models.values()) model.destroy();
  const { versions } = webgpu.env;
  return { adapter: info.adapter, onnxruntime: versions.web ?? versions.common, races };
}

type Contest = PageTask['contests'][number];

async function runContest(task: PageTask, contest: Contest, models: ReadonlyMap<Dtype, BiomedClip>) {
  const { rounds, dim, threads } = task;
  const sessions = {
    [`ORT wasm, ${threads} threads`]: await openSession(wasm, 'wasm', contest.graph, threads),
    'ORT webgpu': await openSession(webgpu, 'webgpu', contest.graph, threads),
  };
  try {
    const { input, ort, items } = prepare(task, contest);
    const ours = [...models].map(([dtype, model]) => ({
      name: `ours ${dtype}`,
      run: async () => {
        const { images, texts } = await model.embedBatch(input, { batchSize: items });
        return (contest.kind === 'images' ? images : texts).data;
      },
    }));
    const theirs = Object.entries(sessions).flatMap(([name, session]): Peer[] => ort(name, session));
    const judge = theirs[0]?.name ?? '';
    const onRun = (peer: string, round: number) => console.info(`${contest.name}: ${peer}, run ${round}`);
    const peers = await race([...theirs.reverse(), ...ours], { rounds, items, dim, judge, onRun });
    return { name: contest.name, items, peers };
  } finally {
    for (const session of Object.values(sessions)) await session.release();
  }
}

interface Prepared {
  readonly items: number;
  readonly input: EmbedInputs;
  /** The first of them is the judge where the session is. */
  readonly ort: (name: string, session: OnnxSession) => Peer[];
}

function prepare({ image }: PageTask, contest: Contest): Prepared {
  if (contest.kind === 'images') {
    const pictures = Array.from({ length: contest.count }, (_, i) => picture(image.size, i));
    const pixels = normalisePixels(
      pictures.map(({ data }) => data),
      image,
    );
    const run = async (session: OnnxSession) => (await session.embedVit(pixels, image.size)).data;
    const ort = (name: string, session: OnnxSession) => [{ name, run: () => run(session) }];
    return { items: contest.count, input: { images: pictures }, ort };
  }
  const { texts, ids, padded, always } = contest;
  const run = async (session: OnnxSession, padding?: typeof padded) =>
    (await session.embedBert(ids, padding)).data;
  return {
    items: texts.length,
    input: { texts },
    ort: (name, session) => [
      { name, run: () => run(session, always ? padded : undefined) },
      ...(always ? [] : [{ name: `${name}, ${padded.padTo} tokens`, run: () => run(session, padded) }]),
    ],
  };
}

async function openSession(
  runtime: typeof wasm,
  provider: 'wasm' | 'webgpu',
  { graph, weights, index }: ServedModel,
  threads: number,
): Promise<OnnxSession> {
  runtime.env.wasm.numThreads = threads;
  runtime.env.wasm.wasmPaths = RUNTIME_FILES;
  const [bytes, all] = await Promise.all([read(graph), read(weights)]);
  const externalData = index.map(({ path, start, bytes: length }) => ({
    path,
    data: all.subarray(start, start + length),
  }));
  const options = { executionProviders: [provider], externalData, logSeverityLevel: 3 as const }; // not that Shape runs on the CPU
  return new OnnxSession(runtime, await runtime.InferenceSession.create(bytes, options));
}

async function read(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

declare global {
  interface Window {
    runTask: typeof run;
  }
}
window.runTask = run;
document.title = 'ready';
