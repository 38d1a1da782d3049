import type { ModelConfig } from '../../weights/config.ts';

/** What open_clip_config.json of BiomedCLIP says, and the sizes of the towers that it names: the test of configurations holds it. */
export const BIOMEDCLIP: ModelConfig = {
  name: 'BiomedCLIP',
  embedDim: 512,
  untrained: false,
  image: {
    kind: 'timm',
    size: 224,
    patch: 16,
    width: 768,
    depth: 12,
    heads: 12,
    mlpWidth: 3072,
    eps: 1e-6,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
  text: {
    kind: 'bert',
    width: 768,
    depth: 12,
    heads: 12,
    mlpWidth: 3072,
    eps: 1e-12,
    contextLength: 256,
    vocabularySize: 30522,
    positions: 512,
    tokenTypes: 2,
    padding: 0,
    projHidden: 640,
  },
};
