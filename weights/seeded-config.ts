import type { ModelConfig } from './config.ts';
import { openClipConfigJson, USUAL_NAMES } from './config-json.ts';

/** `open_clip_config.json` of a seeded model. */
export function seededConfigJson(preset: 'tiny' | 'wide' | 'full', config: ModelConfig): string {
  const own = {
    timm: `vit_${preset}_seeded`,
    siglip: `vit_${preset}_siglip_seeded`,
    bert: `bert_${preset}_seeded`,
    sentencePiece: `sentencepiece_${preset}_seeded`,
  };
  return openClipConfigJson(config, preset === 'full' ? USUAL_NAMES : own, preset === 'full');
}
