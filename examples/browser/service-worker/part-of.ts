/** What a server answers to a `Range: bytes=a-b` header: 206 with that part. Without the header, the whole. */
export async function partOf(whole: Response, range: string | null): Promise<Response> {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return whole;
  const blob = await whole.blob();
  const [start, last] = [Number(from), to ? Math.min(Number(to), blob.size - 1) : blob.size - 1];
  const headers = new Headers(whole.headers);
  headers.set(
    'content-range',
    start < blob.size ? `bytes ${start}-${last}/${blob.size}` : `bytes */${blob.size}`,
  );
  if (start >= blob.size) return new Response(null, { status: 416, headers });
  headers.set('content-length', String(last - start + 1));
  return new Response(blob.slice(start, last + 1), { status: 206, headers });
}
