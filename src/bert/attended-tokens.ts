/** The tokens of a text that are attended to: its embedding depends on these alone. */
export interface AttendedTokens {
  readonly ids: Int32Array;
  /** Each token's position in the text, counted with padding tokens. */
  readonly positions: Int32Array;
}

/**
 * Drops padding tokens, which a caption may spell out anywhere ("[PAD]"). open_clip masks them: nothing attends to
 * them, and the tokens after them keep their positions.
 */
export function attendedTokens(ids: Int32Array, padding: number): AttendedTokens {
  const positions = Int32Array.from(ids.keys()).filter((position) => ids[position] !== padding);
  return { ids: positions.map((position) => ids[position] ?? 0), positions };
}
