import { Finding, type Target, tried } from './target.ts';

/** Tells findings apart: the message without its numbers, and where the error was thrown. */
export function signature({ message, cause }: Finding): string {
  const frame =
    cause instanceof Error
      ? /\/((?:src|weights|node_modules)\/[^?)]*?):\d+/.exec(cause.stack ?? '')?.[1]
      : '';
  return `${message.replace(/\d+(\.\d+)?/g, '#').slice(0, 60)} ${frame ?? ''}`;
}

/** A finding that takes seconds is kept as it is, more or less. */
const MOST_MS = 10_000;

/** Fewer bytes that are the same finding: pieces are left out, ever smaller ones. */
export async function shrunk(
  target: Target,
  bytes: Uint8Array,
  sign: string,
  onCase: (bytes: Uint8Array) => void,
): Promise<Uint8Array> {
  const same = async (some: Uint8Array) => {
    onCase(some);
    const finding = await tried(target, some).catch((error: unknown) => error);
    return finding instanceof Finding && signature(finding) === sign;
  };
  let small = bytes;
  const until = performance.now() + MOST_MS;
  for (let size = bytes.length >>> 1; size > 0; size >>>= 1) {
    for (let at = 0; at + size <= small.length && performance.now() < until; ) {
      const fewer = new Uint8Array([...small.subarray(0, at), ...small.subarray(at + size)]);
      if (await same(fewer)) small = fewer;
      else at += size;
    }
  }
  return small;
}
