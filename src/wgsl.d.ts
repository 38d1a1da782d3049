/** A shader file, imported as its source text. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}
