/** Repeatable numbers: a counter put through a 32-bit mixer, so that near seeds give unrelated sequences. */
function* uniforms(seed: number): Generator<number> {
  const start = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) >>> 0 || 1);
  for (let i = 0; ; i++) yield ((mix((start + Math.imul(i, 0x9e3779b9)) >>> 0) >>> 0) + 0.5) / 2 ** 32;
}

function mix(value: number): number {
  let t = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  t = Math.imul(t ^ (t >>> 15), 0x846ca68b);
  return (t ^ (t >>> 16)) >>> 0;
}

/** So many standard normal numbers, times `scale` (Box and Muller 1958). */
export function seededNormals(count: number, seed: number, scale: number): Float32Array<ArrayBuffer> {
  const source = uniforms(seed);
  const next = () => Number(source.next().value);
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
}
