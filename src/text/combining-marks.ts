/**
 * Combining marks in canonical order (UAX #15). JavaScript's normalisation sorts them in quadratic time, so runs longer
 * than in any script (UAX #15's stream-safe format allows 30) are sorted here first.
 */

const LONG_RUN = /\p{M}{32,}/gu;
// Marks of the lowest and highest combining class: what normalisation swaps with one of them is no starter.
const FIRST = '\u0334';
const LAST = '\u0345';

/** The text, canonically equivalent, with its long runs of combining marks decomposed and in canonical order. */
export function orderMarks(text: string): string {
  return text.replace(LONG_RUN, (run) => {
    const decomposed = decompose(run);
    return sortBetweenStarters(decomposed, classRanks(new Set(decomposed)));
  });
}

function decompose(run: string): string {
  const composed = [...new Set(run)].filter((mark) => mark.normalize('NFD') !== mark);
  return composed.reduce((marks, mark) => marks.replaceAll(mark, mark.normalize('NFD')), run);
}

/** Counting sort by rank, stable; a character without a rank has class 0 and nothing moves past it. */
function sortBetweenStarters(marks: string, ranks: ReadonlyMap<string, number>): string {
  const ofRank = new Array<string>(ranks.size).fill('');
  let sorted = '';
  let waiting = false;
  for (const mark of marks) {
    const rank = ranks.get(mark);
    if (rank !== undefined) {
      ofRank[rank] += mark;
      waiting = true;
      continue;
    }
    if (waiting) sorted += ofRank.join('');
    ofRank.fill('');
    waiting = false;
    sorted += mark;
  }
  return sorted + ofRank.join('');
}

/**
 * Ranks of the marks' combining classes, found by what normalisation swaps, since JavaScript does not expose the
 * classes.
 */
function classRanks(marks: ReadonlySet<string>): Map<string, number> {
  const movable = [...marks].filter((mark) => swaps(mark, FIRST) || swaps(LAST, mark));
  movable.sort((a, b) => Number(swaps(a, b)) - Number(swaps(b, a)));
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [i, mark] of movable.entries()) {
    const before = movable[i - 1];
    if (before !== undefined && swaps(mark, before)) rank += 1;
    ranks.set(mark, rank);
  }
  return ranks;
}

function swaps(a: string, b: string): boolean {
  return (a + b).normalize('NFD') !== a + b;
}
