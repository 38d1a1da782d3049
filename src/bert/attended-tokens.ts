/** The tokens of a text that others attend to, which are all that its embedding depends on. */
export interface AttendedTokens {
  readonly ids: Int32Array;
  /** Each one's place in the text, where padding counts. */
  readonly positions: Int32Array;
}

/**
 * Leaves the padding token out, which a caption may spell out anywhere ("[PAD]"). open_clip masks it: nothing attends to
 * it, and what follows keeps its position.
 */
export function attendedTokens(ids: Int32Array, padding: number): AttendedTokens {
  const positions = Int32Array.from(ids.keys()).filter((position) => ids[position] !== padding);
  return { ids: positions.map((position) => ids[position] ?? 0), positions };
}
