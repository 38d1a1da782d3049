import type { ModelConfig } from './config.ts';
import { openClipConfigJson } from './config-json.ts';

const BIOMEDCLIP = {
  timm: 'vit_base_patch16_224',
  siglip: 'vit_base_patch16_siglip_224',
  pieces: 'timm/ViT-B-16-SigLIP',
  bert: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
};

/** `open_clip_config.json` of a seeded model. */
export function seededConfigJson(preset: 'tiny' | 'wide' | 'full', config: ModelConfig): string {
  const own = {
    timm: `vit_${preset}_seeded`,
    siglip: `vit_${preset}_siglip_seeded`,
    pieces: `pieces_${preset}_seeded`,
    bert: `bert_${preset}_seeded`,
  };
  return openClipConfigJson(config, preset === 'full' ? BIOMEDCLIP : own, preset === 'full');
}
