/** A shader file, imported as its source text. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}

/** A Python script of a benchmark, likewise. */
declare module '*.py' {
  const source: string;
  export default source;
}
