export interface BatchLimits {
  /** Texts of a batch. */
  readonly texts: number;
  /** Tokens of a batch to aim at; uneven texts may exceed it. */
  readonly tokens: number;
  /** The most tokens that a batch can have. */
  readonly mostTokens: number;
}

/**
 * Deals texts into as few batches as the limits allow, with about equal numbers of texts and tokens, so that they share
 * a recorded program. The longest are dealt first, in alternating direction (1 2 3 3 2 1), and come first in each
 * batch, so that the attention's longest workgroups start first. Gives indices into `lengths`.
 */
export function textBatches(lengths: readonly number[], limits: BatchLimits): number[][] {
  if (lengths.length === 0) return [];
  const byLength = [...lengths.keys()].sort((a, b) => lengthAt(lengths, b) - lengthAt(lengths, a));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let count = Math.max(Math.ceil(lengths.length / limits.texts), Math.ceil(total / limits.tokens));
  let batches = deal(byLength, count);
  const tooLong = (batch: readonly number[]) =>
    batch.length > 1 && batch.reduce((sum, i) => sum + lengthAt(lengths, i), 0) > limits.mostTokens;
  while (batches.some(tooLong)) {
    count += 1;
    batches = deal(byLength, count);
  }
  return batches;
}

/** Deals like cards, reversing the direction after each round. */
function deal(cards: readonly number[], hands: number): number[][] {
  const dealt = Array.from({ length: Math.min(hands, cards.length) }, (): number[] => []);
  for (const [i, card] of cards.entries()) {
    const [round, place] = [Math.floor(i / dealt.length), i % dealt.length];
    dealt[round % 2 === 0 ? place : dealt.length - 1 - place]?.push(card);
  }
  return dealt.sort((a, b) => b.length - a.length);
}

function lengthAt(lengths: readonly number[], index: number): number {
  return lengths[index] ?? 0;
}
