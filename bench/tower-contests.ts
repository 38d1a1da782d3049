import type { BiomedClipModel } from '../src/model/biomedclip.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import type { TextTokenizer } from '../src/text/text-tokenizer.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { type ModelConfig, readConfig } from '../weights/config.ts';
import type { OnnxSession } from './onnx/onnx-session.ts';
import { normalisePixels } from './onnx/pixels.ts';
import { referenceText, referenceVit } from './onnx/reference.ts';
import type { Peer } from './race.ts';
import { picture, seesPadding, textsOf } from './tower-inputs.ts';

/** What contests of a checkpoint's towers are made of. */
export interface ContestParts {
  readonly directory: FileDirectory;
  readonly config: ModelConfig;
  readonly tokenizer: TextTokenizer;
  /** The same checkpoint as we run it, by name. */
  readonly ours: Readonly<Record<string, BiomedClipModel>>;
}

/** One batch of inputs: how ONNX Runtime embeds it, and how each of ours does. */
export interface Contest {
  readonly name: string;
  readonly items: number;
  readonly reference: (provider: 'cpu' | 'webgpu') => Promise<OnnxSession>;
  readonly ort: (session: OnnxSession) => Promise<Float32Array>;
  /** The same with every text padded to the whole context, as it is anyway where padding is seen. */
  readonly ortPadded?: (session: OnnxSession) => Promise<Float32Array>;
  readonly ours: readonly Peer[];
}

/** A checkpoint's files, for contests. */
export async function contestFiles(path: string): Promise<Omit<ContestParts, 'ours'>> {
  const directory = await openLocalDirectory(path);
  const config = await readConfig(directory);
  return { directory, config, tokenizer: await loadTokenizer(directory, config.text) };
}

/** Pictures that need no resampling. */
export function imageContest({ config, directory, ours }: ContestParts, count: number): Contest {
  const { size } = config.image;
  const images = Array.from({ length: count }, (_, i) => picture(size, i));
  let normalised: Float32Array | undefined;
  const pixels = () => {
    const bytes = images.map(({ data }) => data);
    normalised ??= normalisePixels(bytes, config.image);
    return normalised;
  };
  return {
    name: `images, ${size} px`,
    items: count,
    reference: (provider) => {
      pixels(); // here, where nothing is timed
      return referenceVit(directory, { provider });
    },
    ort: async (session) => (await session.embedVit(pixels(), size)).data,
    ours: peersOf(
      ours,
      async (model) => (await model.embedBatch({ images }, { batchSize: count })).images.data,
    ),
  };
}

/** Texts of these lengths in turn. */
export function textContest(
  { config, directory, tokenizer, ours }: ContestParts,
  name: string,
  lengths: readonly number[],
  count: number,
): Contest {
  const { texts, ids, meanTokens } = textsOf(lengths, count, tokenizer);
  const padded = { padTo: config.text.contextLength, padId: tokenizer.padding };
  return {
    name: `${name}, mean ${meanTokens} tokens`,
    items: count,
    reference: (provider) => referenceText(directory, { provider }),
    ort: async (session) => (await session.embedBert(ids, seesPadding(config) ? padded : {})).data,
    ortPadded: async (session) => (await session.embedBert(ids, padded)).data,
    ours: peersOf(
      ours,
      async (model) => (await model.embedBatch({ texts }, { batchSize: count })).texts.data,
    ),
  };
}

function peersOf(
  ours: ContestParts['ours'],
  embed: (model: BiomedClipModel) => Promise<Float32Array>,
): readonly Peer[] {
  return Object.entries(ours).map(([name, model]) => ({ name: `ours ${name}`, run: () => embed(model) }));
}
