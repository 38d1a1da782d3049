import type { GapComparison } from '../../metrics/gap/compare.ts';
import { methodText } from '../cli/closing-text.ts';
import { EMBEDDED_NAME } from '../provenance.ts';
import type { ComparedStudies } from './compared-studies.ts';
import { REFERENCES, type Reference, softwareReference } from './references.ts';
import type { Study } from './write-study.ts';

export interface MethodsText {
  /** A paragraph for a methods section, in the past tense. */
  readonly text: string;
  /** The entries of all works that it cites. */
  readonly bibtex: string;
}

/** What a study did, for a methods section: from the numbers of the run, with the works that it cites. */
export function methodsText(study: Study): MethodsText {
  return written(study, (cite) => [
    embedded(study, cite),
    ...gapStatistics(study, cite),
    mapped(study, cite),
    ...closed(study),
    computed(study),
  ]);
}

/** The same of several models over the same pairs. */
export function comparedMethodsText({ studies, comparison }: ComparedStudies): MethodsText {
  const [first] = studies;
  if (!first) return { text: '', bibtex: '' };
  return written(first.study, (cite) => [
    ...studies.map(({ study }) => embedded(study, cite)),
    ...gapStatistics(first.study, cite),
    ...compared(comparison, cite),
    ...studies.map(({ name, study }) => mapped(study, cite).replace('were mapped', `of ${name} were mapped`)),
    computed(first.study),
  ]);
}

function written({ provenance }: Study, sentences: (cite: Cite) => readonly string[]): MethodsText {
  const used: Reference[] = [softwareReference(provenance.version, provenance.date)];
  const cite = (...works: readonly Reference[]) => {
    for (const work of works) if (!used.includes(work)) used.push(work);
    return `(${works.map(({ cited }) => cited).join('; ')})`;
  };
  const text = sentences(cite).join(' ');
  return { text, bibtex: used.map(({ bibtex }) => bibtex).join('\n\n') };
}

function compared({ items, pairs, resamples }: GapComparison, cite: Cite): string[] {
  const { efron, kornblith, song, nguyen, gambetti } = REFERENCES;
  const drawn = items < pairs ? `the ${items.toLocaleString('en')} items of the pairs` : 'the pairs';
  return [
    ...(resamples > 0
      ? [
          `Models were compared by the paired bootstrap ${cite(efron)}: every resample of ${drawn} was the same for all models.`,
        ]
      : []),
    `The geometries of two models’ images and texts, and of both modalities within a model, were compared by linear centred kernel alignment ${cite(kornblith)}, also with the unbiased estimator of HSIC ${cite(song, nguyen)}; within a model also by the spectral alignment score ${cite(gambetti)}.`,
  ];
}

type Cite = (...works: readonly Reference[]) => string;

function embedded({ provenance, set: { manifest }, measures: { gap } }: Study, cite: Cite): string {
  const { model } = provenance;
  const isBiomedClip = /biomedclip/i.test(model?.name ?? '') && model?.name !== EMBEDDED_NAME;
  const name =
    model?.name === EMBEDDED_NAME
      ? 'the small model embedded in biomedclip-webgpu'
      : isBiomedClip
        ? `BiomedCLIP (${model?.name})`
        : `the model ${model?.name}`;
  const fingerprint = model?.fingerprint ? `; SHA-256 of the checkpoint ${model.fingerprint}` : '';
  const revision = model?.revision ? `, revision ${model.revision}` : '';
  const work = isBiomedClip ? ` ${cite(REFERENCES.biomedclip)}` : '';
  const skipped = manifest.skipped.length;
  const left = skipped > 0 ? ` (${skipped} more were left out, as their image could not be read)` : '';
  return `${gap.pairs.toLocaleString('en')} image–caption pairs${left} were embedded with ${name}${work} in ${gap.dim} dimensions (weights stored as ${manifest.dtype}${revision}${fingerprint}).`;
}

function gapStatistics({ measures: { gap }, provenance }: Study, cite: Cite): string[] {
  const { schrodi, liang, dowson, wang, jarvelin, roy } = REFERENCES;
  const measured = [
    `the distance between the centroids of images and texts ${cite(liang)}`,
    `the relative modality gap and the number of dimensions that carry the gap ${cite(schrodi)}`,
    ...(Number.isFinite(gap.squaredFrechet.value)
      ? [`the Fréchet distance between the centred distributions ${cite(dowson)}`]
      : []),
    `alignment and uniformity ${cite(wang)}`,
    `NDCG@10 of a search over both modalities ${cite(jarvelin)}`,
    ...(Number.isFinite(gap.effectiveRank.images.value) ? [`the effective rank ${cite(roy)}`] : []),
    'recall@1, @5 and @10 by cosine similarity',
  ];
  const drawn =
    gap.resamples > 0
      ? [
          `Intervals are 95 % bootstrap intervals from ${gap.resamples.toLocaleString('en')} resamples of the pairs${gap.distributionGap.resamples < gap.resamples ? ` (${gap.distributionGap.resamples} for spectral statistics)` : ''}; baselines and p-values are from ${gap.permutations.toLocaleString('en')} random pairings (seed ${provenance.seed ?? 0}).`,
        ]
      : [];
  return [`The modality gap was described by ${listed(measured)}.`, ...drawn];
}

function mapped({ measures: { tsne } }: Study, cite: Cite): string {
  const { tsne: exact, barnesHut } = REFERENCES;
  const method =
    tsne.method === 'exact' ? `exact t-SNE ${cite(exact)}` : `Barnes-Hut t-SNE ${cite(exact, barnesHut)}`;
  return `Images and texts were mapped together by ${method} with perplexity ${tsne.perplexity}, ${tsne.iterations.toLocaleString('en')} iterations and a final Kullback–Leibler divergence of ${tsne.klDivergence.toFixed(3)}.`;
}

function closed({ measures: { closing } }: Study): string[] {
  if (!closing) return [];
  const { report, file } = closing;
  const held = report.heldOut
    ? `, judged on ${report.heldOut.pairs.toLocaleString('en')} held-out pairs in ${report.heldOut.folds} folds`
    : '';
  return [
    `The gap was closed by ${methodText(report)}${file === undefined ? ', fitted on these pairs' : ''}${held}.`,
  ];
}

function computed({ provenance, set: { manifest } }: Study): string {
  const { version, adapter, driver, date } = provenance;
  const first = manifest.adapter === driver ? '' : `; the embeddings were computed on ${manifest.adapter}`;
  return `All computations were done by biomedclip-webgpu ${version} with WebGPU on ${adapter} (driver ${driver}) on ${date.slice(0, 10)}${first}.`;
}

function listed(items: readonly string[]): string {
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
