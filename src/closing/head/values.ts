import quads from '../../../shaders/parts/values-quads.wgsl';
import scalars from '../../../shaders/parts/values-scalars.wgsl';

/** How a kernel reads rows of a length: by four values at a time, where that divides it. */
export function valuesOf(length: number): { readonly width: number; readonly parts: readonly string[] } {
  return length % 4 === 0 ? { width: length / 4, parts: [quads] } : { width: length, parts: [scalars] };
}
