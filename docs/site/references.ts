export interface Reference {
  /** As formulas and comments name it. */
  readonly key: string;
  readonly text: string;
  readonly url?: string;
}

/** The papers that formulas and comments in the sources name. */
export const REFERENCES: readonly Reference[] = [
  {
    key: 'Dowson and Landau 1982',
    text: 'D. C. Dowson and B. V. Landau. The Fréchet distance between multivariate normal distributions. Journal of Multivariate Analysis 12(3), 1982.',
    url: 'https://doi.org/10.1016/0047-259X(82)90077-X',
  },
  {
    key: 'Efron 1979',
    text: 'B. Efron. Bootstrap methods: another look at the jackknife. The Annals of Statistics 7(1), 1979.',
    url: 'https://doi.org/10.1214/aos/1176344552',
  },
  {
    key: 'Efron and Tibshirani 1993',
    text: 'B. Efron and R. J. Tibshirani. An introduction to the bootstrap. Chapman and Hall, 1993.',
    url: 'https://doi.org/10.1201/9780429246593',
  },
  {
    key: 'Gambetti et al. 2026',
    text: 'A. Gambetti, Q. Han, C. Soares and H. Shen. Beyond symmetric alignment: spectral diagnostics of modality imbalance in vision-language models in the medical domain. 2026.',
    url: 'https://arxiv.org/abs/2606.04613',
  },
  {
    key: 'Gong et al. 2014',
    text: 'Y. Gong, Q. Ke, M. Isard and S. Lazebnik. A multi-view embedding space for modeling Internet images, tags, and their semantics. International Journal of Computer Vision 106, 2014.',
    url: 'https://arxiv.org/abs/1212.4522',
  },
  {
    key: 'Grassucci et al. 2026',
    text: 'E. Grassucci, G. Cicchetti, E. Frasca, A. Uncini and D. Comminiello. Closing the modality gap aligns group-wise semantics. ICLR 2026.',
    url: 'https://arxiv.org/abs/2601.18525',
  },
  {
    key: 'Hotelling 1936',
    text: 'H. Hotelling. Relations between two sets of variates. Biometrika 28(3/4), 1936.',
    url: 'https://doi.org/10.1093/biomet/28.3-4.321',
  },
  {
    key: 'Hubert and Arabie 1985',
    text: 'L. Hubert and P. Arabie. Comparing partitions. Journal of Classification 2, 1985.',
    url: 'https://doi.org/10.1007/BF01908075',
  },
  {
    key: 'Järvelin and Kekäläinen 2002',
    text: 'K. Järvelin and J. Kekäläinen. Cumulated gain-based evaluation of IR techniques. ACM Transactions on Information Systems 20(4), 2002.',
    url: 'https://doi.org/10.1145/582415.582418',
  },
  {
    key: 'Knott and Smith 1984',
    text: 'M. Knott and C. S. Smith. On the optimal mapping of distributions. Journal of Optimization Theory and Applications 43, 1984.',
    url: 'https://doi.org/10.1007/BF00934745',
  },
  {
    key: 'Kornblith et al. 2019',
    text: 'S. Kornblith, M. Norouzi, H. Lee and G. Hinton. Similarity of neural network representations revisited. ICML 2019.',
    url: 'https://arxiv.org/abs/1905.00414',
  },
  {
    key: 'Ledoit and Wolf 2004',
    text: 'O. Ledoit and M. Wolf. A well-conditioned estimator for large-dimensional covariance matrices. Journal of Multivariate Analysis 88(2), 2004.',
    url: 'https://doi.org/10.1016/S0047-259X(03)00096-4',
  },
  {
    key: 'Li et al. 2025',
    text: 'B. Li, Y. Zhang, X. Wang, W. Liang, L. Schmidt and S. Yeung-Levy. Closing the modality gap for mixed modality search. arXiv 2507.19054, 2025.',
    url: 'https://arxiv.org/abs/2507.19054',
  },
  {
    key: 'Liang et al. 2022',
    text: 'W. Liang, Y. Zhang, Y. Kwon, S. Yeung and J. Zou. Mind the gap: understanding the modality gap in multi-modal contrastive representation learning. NeurIPS 2022.',
    url: 'https://arxiv.org/abs/2203.02053',
  },
  {
    key: 'Nguyen et al. 2021',
    text: 'T. Nguyen, M. Raghu and S. Kornblith. Do wide and deep networks learn the same things? Uncovering how neural network representations vary with width and depth. ICLR 2021.',
    url: 'https://arxiv.org/abs/2010.15327',
  },
  {
    key: 'Radford et al. 2021',
    text: 'A. Radford et al. Learning transferable visual models from natural language supervision. ICML 2021.',
    url: 'https://arxiv.org/abs/2103.00020',
  },
  {
    key: 'Rosenberg and Hirschberg 2007',
    text: 'A. Rosenberg and J. Hirschberg. V-measure: a conditional entropy-based external cluster evaluation measure. EMNLP-CoNLL 2007.',
    url: 'https://aclanthology.org/D07-1043/',
  },
  {
    key: 'Roy and Vetterli 2007',
    text: 'O. Roy and M. Vetterli. The effective rank: a measure of effective dimensionality. EUSIPCO 2007.',
  },
  {
    key: 'Schrodi et al. 2025',
    text: 'S. Schrodi, D. T. Hoffmann, M. Argus, V. Fischer and T. Brox. Two effects, one trigger: on the modality gap, object bias, and information imbalance in contrastive vision-language models. ICLR 2025.',
    url: 'https://arxiv.org/abs/2404.07983',
  },
  {
    key: 'Schönemann 1966',
    text: 'P. H. Schönemann. A generalized solution of the orthogonal Procrustes problem. Psychometrika 31(1), 1966.',
    url: 'https://doi.org/10.1007/BF02289451',
  },
  {
    key: 'Song et al. 2012',
    text: 'L. Song, A. Smola, A. Gretton, J. Bedo and K. Borgwardt. Feature selection via dependence maximization. Journal of Machine Learning Research 13, 2012.',
    url: 'https://jmlr.org/papers/v13/song12a.html',
  },
  {
    key: 'Takatsu 2011',
    text: 'A. Takatsu. Wasserstein geometry of Gaussian measures. Osaka Journal of Mathematics 48(4), 2011.',
  },
  {
    key: 'Wang and Isola 2020',
    text: 'T. Wang and P. Isola. Understanding contrastive representation learning through alignment and uniformity on the hypersphere. ICML 2020.',
    url: 'https://arxiv.org/abs/2005.10242',
  },
  {
    key: 'Yu et al. 2026',
    text: 'X. Yu et al. Modality gap-driven subspace alignment training paradigm for multimodal large language models. arXiv 2602.07026, 2026.',
    url: 'https://arxiv.org/abs/2602.07026',
  },
];

/** `Liang et al. 2022`, `Wang and Isola 2020`, `Hotelling 1936`. */
const CITATION = /\p{Lu}\p{L}+(?: and \p{Lu}\p{L}+| et al\.)? (?:19|20)\d\d/gu;

export function citationsIn(text: string): string[] {
  return text.match(CITATION) ?? [];
}

/** @throws {TypeError} for a citation without an entry */
export function referenceOf(citation: string): Reference {
  const found = REFERENCES.find(({ key }) => key === citation);
  if (!found) throw new TypeError(`docs/site/references.ts lacks ${citation}`);
  return found;
}
