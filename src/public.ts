/** What both entries, Node's and the browser's, export besides `BiomedClip`. */

export * from '../weights/errors.ts';
export type { DeviceInfo, OptionalFeature } from './device/adapter.ts';
export * from './device/errors.ts';
export type { Toggle } from './device/toggles.ts';
export { type Embeddings, type TokenStates, tokensOf } from './embeddings.ts';
export * from './errors.ts';
export * from './image/errors.ts';
export type { ImageSource, ImageWindow } from './image/source.ts';
export * from './input-errors.ts';
export * from './text/errors.ts';
