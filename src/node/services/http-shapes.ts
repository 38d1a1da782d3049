// The bodies of requests and answers, and the schemas of the OpenAPI document.

export * from './shapes/comparing.ts';
export * from './shapes/embedding.ts';
export { Image } from './shapes/fields.ts';
export * from './shapes/server.ts';
