// Each URL stands here in full: so Vite and webpack find the file, emit it, and put its new address in. The source and
// the built file both lie two levels below the package.
const FILES: Readonly<Record<string, URL>> = {
  'open_clip_config.json': new URL('../../weights/default/open_clip_config.json', import.meta.url),
  'open_clip_model.safetensors': new URL(
    '../../weights/default/open_clip_model.safetensors',
    import.meta.url,
  ),
  'special_tokens_map.json': new URL('../../weights/default/special_tokens_map.json', import.meta.url),
  'tokenizer.json': new URL('../../weights/default/tokenizer.json', import.meta.url),
  'tokenizer_config.json': new URL('../../weights/default/tokenizer_config.json', import.meta.url),
  'vocab.txt': new URL('../../weights/default/vocab.txt', import.meta.url),
};

/** The name of the embedded model. */
export const EMBEDDED_NAME = 'biomedclip-webgpu/weights/default';

/** The URL of one of the embedded model's files; undefined for any other name. */
export function embeddedFile(name: string): URL | undefined {
  return Object.hasOwn(FILES, name) ? FILES[name] : undefined;
}
