import { eng } from 'stopword';

const STOP_WORDS: ReadonlySet<string> = new Set(eng);

/**
 * The words that are most typical of each class of captions against the others, the best first: class-based TF-IDF as in
 * BERTopic (Grootendorst 2022), tf(t, c) · log(1 + A / tf(t)), where tf(t, c) is the share of t among the words of class c,
 * tf(t) how often t is there in all classes, and A the average number of words in a class, as its code has it: a whole number.
 */
export function typicalWords(classes: readonly (readonly string[])[], most: number): string[][] {
  const counts = classes.map(countWords);
  const [inAll, total] = [new Map<string, number>(), counts.map(sumOf)];
  for (const [word, count] of counts.flatMap((words) => [...words])) {
    inAll.set(word, (inAll.get(word) ?? 0) + count);
  }
  const average = Math.floor(total.reduce((sum, words) => sum + words, 0) / classes.length);
  return counts.map((words, c) => {
    const score = ([word, count]: readonly [string, number]) =>
      (count / (total[c] || 1)) * Math.log(1 + average / (inAll.get(word) ?? 1));
    return [...words]
      .map((entry) => ({ word: entry[0], score: score(entry) }))
      .sort((a, b) => b.score - a.score || a.word.localeCompare(b.word))
      .slice(0, most)
      .map(({ word }) => word);
  });
}

function countWords(captions: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of captions.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Two letters at least, hyphens inside kept, as in X-ray; without stop words and bare numbers. */
function wordsOf(caption: string): string[] {
  const words = caption.toLowerCase().match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  return words.filter((word) => word.length > 1 && /\p{L}/u.test(word) && !STOP_WORDS.has(word));
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
