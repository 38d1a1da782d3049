import { readFileSync } from 'node:fs';

/** The version of the installed onnxruntime-node. */
export function onnxVersion(): string {
  const file = new URL('../package.json', import.meta.resolve('onnxruntime-node'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
