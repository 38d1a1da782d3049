import { type Estimate, pValueText } from '../../metrics/gap/estimate.ts';
import { mean } from '../../metrics/linear-algebra.ts';
import { number } from '../../plots/number.ts';
import { closingAnswer } from './closing-answer.ts';
import type { Measures } from './measure.ts';

/** A question of the study, and the answer by the measured numbers. */
export interface Answer {
  readonly id: 'nearest' | 'quadrants' | 'tsne' | 'gap' | 'aligned' | 'closing';
  readonly question: string;
  /** In a few words. */
  readonly verdict: string;
  /** Sentences with the numbers. */
  readonly text: string;
}

/** The answer is yes from this share on; over a half, mostly. */
const YES = 0.9;
const MOSTLY = 0.5;
const SIGNIFICANT = 0.05;

export function answerQuestions(measures: Measures): Answer[] {
  return [
    nearestPairs(measures),
    brightQuadrants(measures),
    separatedByTsne(measures),
    sizeOfGap(measures),
    remainder(measures),
    ...(measures.closing ? [closingAnswer(measures.closing)] : []),
  ];
}

function nearestPairs({ imageToText, textToImage, gap }: Measures): Answer {
  const n = gap.pairs;
  const first = (ranks: Uint32Array) => ranks.filter((rank) => rank === 1).length;
  const [images, texts] = [first(imageToText.rank), first(textToImage.rank)];
  const share = (images + texts) / (2 * n);
  const own = mean(imageToText.own);
  const others = imageToText.meanToOthers;
  const nearer = own < others && gap.meanCosine.matched.baseline.pValue < SIGNIFICANT;
  const fallback = nearer
    ? 'Only for some: fewer than half, although on average they are nearer than other pairs'
    : 'No';
  const { baseline } = gap.retrieval.imageToText.recallAt1;
  return {
    id: 'nearest',
    question: 'Do matching pairs have the smallest Euclidean distance?',
    verdict: share >= YES ? 'Yes' : share > MOSTLY ? 'Mostly' : fallback,
    text: sentences(
      `For ${of(images, n)} images the matching caption is the nearest of all captions, and for ${of(texts, n)} captions the matching image is the nearest of all images`,
      `On average, matching pairs are ${number(own, 3)} apart and other image–text pairs ${number(others, 3)}`,
      Number.isFinite(baseline.pValue) &&
        `If captions were paired at random, ${percent(baseline.mean)} of images would have theirs as the most similar (permutation test, p ${pValueText(baseline).replace('<=', '≤')})`,
    ),
  };
}

function brightQuadrants({ gap }: Measures): Answer {
  const { imageImage, textText, matched, mismatched } = gap.meanCosine;
  const within = [imageImage, textText];
  const yes = within.every(({ value }) => value > mismatched.value);
  const even = within.every(({ low }) => low > matched.high);
  const less = within.every(({ high }) => high < matched.low);
  const besides = even
    ? 'even brighter than matching pairs'
    : `but matching pairs on their own are ${less ? 'brighter' : 'about as bright'}`;
  const order = [
    ['image–image', imageImage],
    ['text–text', textText],
    ['matching image–text pairs', matched],
    ['other image–text pairs', mismatched],
  ] as const;
  const listed = order
    .filter(([, { value }]) => Number.isFinite(value))
    .sort(([, a], [, b]) => b.value - a.value)
    .map(([name, value]) => `${name} ${interval(value, 3)}`);
  return {
    id: 'quadrants',
    question: 'Are the quadrants within a modality the brightest?',
    verdict: yes ? `Yes, ${besides}` : 'No',
    text: sentences(`Mean cosines, the brightest first: ${listed.join('; ')}`),
  };
}

function separatedByTsne({ map, gap, tsne }: Measures): Answer {
  const chance = (gap.pairs - 1) / (2 * gap.pairs - 1);
  const { sameModality, ownPartner, sameClass } = map;
  const most = Math.min(1, (gap.pairs - 1) / Math.min(10, 2 * gap.pairs - 1));
  const verdict =
    sameModality >= YES
      ? 'Yes, it separates modalities'
      : sameModality >= (1 + chance) / 2
        ? 'Mostly'
        : 'No, images and texts are mixed';
  return {
    id: 'tsne',
    question: 'Does t-SNE separate modalities rather than meanings?',
    verdict,
    text: sentences(
      `In the map, ${percent(sameModality)} of points have a nearest neighbour of the same modality (by chance ${percent(chance)}), and ${percent(ownPartner)} have the other half of their pair as the nearest`,
      sameClass !== undefined &&
        `The nearest neighbour has the same label for ${percent(sameClass.share)} of points (by chance ${percent(sameClass.chance)})`,
      `In the embedding itself, ${percent(gap.modalityPurity.value)} of a point’s 10 nearest neighbours are of its own modality${most < 1 ? `; with ${gap.pairs} pairs, the maximum is ${percent(most)}` : ''}`,
      gap.mixedNdcgAt10.value === 0 &&
        'In a search over images and texts together, the first ten results never include the matching partner',
      `The map has perplexity ${tsne.perplexity} and a KL divergence of ${number(tsne.klDivergence, 3)}`,
    ),
  };
}

function sizeOfGap({ gap }: Measures): Answer {
  const { centroidDistance, relativeGap, separability, gapDimensions } = gap;
  const size = centroidDistance.value < 0.2 ? 'Small' : centroidDistance.value < 0.6 ? 'Medium' : 'Large';
  return {
    id: 'gap',
    question: 'How large is the gap between the modalities?',
    verdict: `${size}: the centroids are ${number(centroidDistance.value)} apart`,
    text: sentences(
      `The distance of the centroids is ${interval(centroidDistance, 3)}, on a scale from 0 (no gap) to 2 (the maximum)`,
      `The relative modality gap, which compares distances within pairs with distances within a modality, is ${interval(relativeGap, 3)} on a scale from 0 to 1`,
      Number.isFinite(separability.value) &&
        `A flat boundary fitted to some of the points tells images from texts for ${percent(separability.value)} of the others`,
      Number.isFinite(gapDimensions.for90Percent.value) &&
        `${gapDimensions.for90Percent.value} of ${gap.dim} dimensions carry 90 % of the squared gap`,
    ),
  };
}

function remainder({ gap, aligned }: Measures): Answer {
  const centroids = gap.centroidDistance.value ** 2;
  const left = gap.squaredFrechet.value;
  const share = left / (left + centroids);
  const floor = gap.distributionGap.baseline.mean;
  const byChance = Number.isFinite(floor)
    ? `. By chance alone, this many pairs would show ${number(floor, 3)}`
    : '';
  const [before, after] = [
    gap.retrieval.imageToText.recallAt1.value,
    aligned.retrieval.imageToText.recallAt1.value,
  ];
  return {
    id: 'aligned',
    question: 'What remains once the centroids are aligned?',
    verdict: Number.isFinite(share)
      ? `${percent(share)} of the squared distance between the two clouds`
      : 'One pair cannot show it',
    text: sentences(
      Number.isFinite(left) &&
        `The squared Fréchet distance between images and texts is ${number(left + centroids, 3)}: ${number(centroids, 3)} from the centroids, and ${interval(gap.squaredFrechet, 3)} from the different shapes of the two clouds, which aligning does not change`,
      Number.isFinite(left) &&
        `Relative to the spread of both clouds, the shapes differ by ${interval(gap.distributionGap, 3)}, on a scale from 0 (equal) to 1 (nothing shared)${byChance}`,
      `With the centroids aligned, ${percent(aligned.modalityPurity.value)} of a point’s 10 nearest neighbours are of its own modality (before: ${percent(gap.modalityPurity.value)})`,
      `The matching caption is then the most similar one for ${percent(after)} of images (before: ${percent(before)}), and the mean cosine of matching pairs is ${number(aligned.meanCosine.matched.value, 3)} (before: ${number(gap.meanCosine.matched.value, 3)})`,
    ),
  };
}

function sentences(...parts: (string | false)[]): string {
  return parts
    .filter((part) => part !== false)
    .map((part) => `${part}.`)
    .join(' ');
}

/** `0.612 (0.598 to 0.631)`: the value and its 95 % interval, where there is one. */
function interval({ value, low, high }: Estimate, decimals: number): string {
  if (!Number.isFinite(low)) return number(value, decimals);
  return `${number(value, decimals)} (${number(low, decimals)} to ${number(high, decimals)})`;
}

function of(count: number, n: number): string {
  return `${count.toLocaleString('en')} of ${n.toLocaleString('en')}`;
}

function percent(share: number): string {
  const value = share * 100;
  const decimals = value === 0 || value >= 10 ? 0 : value < 1 ? 2 : 1;
  return `${number(value, decimals)} %`;
}
