import type { ContourMultiPolygon } from 'd3-contour';

declare module 'd3-contour' {
  // Since version 4.0; the types have not heard of it.
  interface ContourDensity<Datum> {
    contours(data: Datum[]): ((value: number) => ContourMultiPolygon) & { readonly max: number };
  }
}
