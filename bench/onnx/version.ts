import { readFileSync } from 'node:fs';

/** The version of the installed onnxruntime-node; `none` where there is none. */
export function onnxVersion(): string {
  const file = packageFile();
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'none';
}

function packageFile(): URL | undefined {
  try {
    return new URL('../package.json', import.meta.resolve('onnxruntime-node'));
  } catch {
    return undefined;
  }
}
