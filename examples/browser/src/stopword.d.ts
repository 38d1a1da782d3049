declare module 'stopword' {
  /** English. */
  export const eng: readonly string[];
}
