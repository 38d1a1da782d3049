/** A work that the methods text cites. */
export interface Reference {
  readonly key: string;
  /** In the text, `Liang et al. 2022`. */
  readonly cited: string;
  readonly bibtex: string;
}

function reference(
  key: string,
  cited: string,
  type: string,
  fields: Readonly<Record<string, string>>,
): Reference {
  const lines = Object.entries(fields).map(([name, value]) => `  ${name} = {${value}},`);
  return { key, cited, bibtex: `@${type}{${key},\n${lines.join('\n')}\n}` };
}

/** The works that the statistics of `GAP_STATISTICS` and the map come from, and the model's own. */
export const REFERENCES = {
  biomedclip: reference('zhang2024biomedclip', 'Zhang et al. 2024', 'article', {
    author:
      'Zhang, Sheng and Xu, Yanbo and Usuyama, Naoto and Xu, Hanwen and Bagga, Jaspreet and Tinn, Robert and Preston, Sam and Rao, Rajesh and Wei, Mu and Valluri, Naveen and Wong, Cliff and Tupini, Andrea and Wang, Yu and Mazzola, Matt and Shukla, Swadheen and Liden, Lars and Gao, Jianfeng and Crabtree, Angela and Piening, Brian and Bifulco, Carlo and Lungren, Matthew P. and Naumann, Tristan and Wang, Sheng and Poon, Hoifung',
    title: 'A Multimodal Biomedical Foundation Model Trained from Fifteen Million Image--Text Pairs',
    journal: 'NEJM AI',
    volume: '2',
    number: '1',
    year: '2024',
    doi: '10.1056/AIoa2400640',
  }),
  liang: reference('liang2022mind', 'Liang et al. 2022', 'inproceedings', {
    author: 'Liang, Weixin and Zhang, Yuhui and Kwon, Yongchan and Yeung, Serena and Zou, James',
    title: 'Mind the Gap: Understanding the Modality Gap in Multi-modal Contrastive Representation Learning',
    booktitle: 'Advances in Neural Information Processing Systems',
    year: '2022',
    url: 'https://openreview.net/forum?id=S7Evzt9uit3',
  }),
  schrodi: reference('schrodi2025two', 'Schrodi et al. 2025', 'inproceedings', {
    author: 'Schrodi, Simon and Hoffmann, David T. and Argus, Max and Fischer, Volker and Brox, Thomas',
    title:
      'Two Effects, One Trigger: On the Modality Gap, Object Bias, and Information Imbalance in Contrastive Vision-Language Models',
    booktitle: 'International Conference on Learning Representations',
    year: '2025',
    url: 'https://openreview.net/forum?id=uAFHCZRmXk',
  }),
  dowson: reference('dowson1982frechet', 'Dowson and Landau 1982', 'article', {
    author: 'Dowson, D. C. and Landau, B. V.',
    title: "The {Fr\\'echet} distance between multivariate normal distributions",
    journal: 'Journal of Multivariate Analysis',
    volume: '12',
    number: '3',
    pages: '450--455',
    year: '1982',
    doi: '10.1016/0047-259X(82)90077-X',
  }),
  wang: reference('wang2020understanding', 'Wang and Isola 2020', 'inproceedings', {
    author: 'Wang, Tongzhou and Isola, Phillip',
    title:
      'Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere',
    booktitle: 'International Conference on Machine Learning',
    year: '2020',
    url: 'https://arxiv.org/abs/2005.10242',
  }),
  jarvelin: reference('jarvelin2002cumulated', 'Järvelin and Kekäläinen 2002', 'article', {
    author: 'J{\\"a}rvelin, Kalervo and Kek{\\"a}l{\\"a}inen, Jaana',
    title: 'Cumulated gain-based evaluation of {IR} techniques',
    journal: 'ACM Transactions on Information Systems',
    volume: '20',
    number: '4',
    pages: '422--446',
    year: '2002',
    doi: '10.1145/582415.582418',
  }),
  roy: reference('roy2007effective', 'Roy and Vetterli 2007', 'inproceedings', {
    author: 'Roy, Olivier and Vetterli, Martin',
    title: 'The effective rank: A measure of effective dimensionality',
    booktitle: 'European Signal Processing Conference',
    pages: '606--610',
    year: '2007',
  }),
  efron: reference('efron1993introduction', 'Efron and Tibshirani 1993', 'book', {
    author: 'Efron, Bradley and Tibshirani, Robert J.',
    title: 'An Introduction to the Bootstrap',
    publisher: 'Chapman and Hall',
    year: '1993',
  }),
  kornblith: reference('kornblith2019similarity', 'Kornblith et al. 2019', 'inproceedings', {
    author: 'Kornblith, Simon and Norouzi, Mohammad and Lee, Honglak and Hinton, Geoffrey',
    title: 'Similarity of Neural Network Representations Revisited',
    booktitle: 'International Conference on Machine Learning',
    year: '2019',
  }),
  song: reference('song2012feature', 'Song et al. 2012', 'article', {
    author: 'Song, Le and Smola, Alex and Gretton, Arthur and Bedo, Justin and Borgwardt, Karsten',
    title: 'Feature Selection via Dependence Maximization',
    journal: 'Journal of Machine Learning Research',
    volume: '13',
    pages: '1393--1434',
    year: '2012',
  }),
  nguyen: reference('nguyen2021wide', 'Nguyen et al. 2021', 'inproceedings', {
    author: 'Nguyen, Thao and Raghu, Maithra and Kornblith, Simon',
    title:
      'Do Wide and Deep Networks Learn the Same Things? Uncovering How Neural Network Representations Vary with Width and Depth',
    booktitle: 'International Conference on Learning Representations',
    year: '2021',
  }),
  gambetti: reference('gambetti2026beyond', 'Gambetti et al. 2026', 'misc', {
    author: "Gambetti, Alessandro and Han, Qiwei and Soares, Cl{\\'a}udia and Shen, Hong",
    title:
      'Beyond Symmetric Alignment: Spectral Diagnostics of Modality Imbalance in Vision-Language Models in the Medical Domain',
    year: '2026',
    eprint: '2606.04613',
    archiveprefix: 'arXiv',
  }),
  tsne: reference('vandermaaten2008visualizing', 'van der Maaten and Hinton 2008', 'article', {
    author: 'van der Maaten, Laurens and Hinton, Geoffrey',
    title: 'Visualizing Data using {t-SNE}',
    journal: 'Journal of Machine Learning Research',
    volume: '9',
    pages: '2579--2605',
    year: '2008',
  }),
  barnesHut: reference('vandermaaten2014accelerating', 'van der Maaten 2014', 'article', {
    author: 'van der Maaten, Laurens',
    title: 'Accelerating {t-SNE} using Tree-Based Algorithms',
    journal: 'Journal of Machine Learning Research',
    volume: '15',
    pages: '3221--3245',
    year: '2014',
  }),
} as const satisfies Readonly<Record<string, Reference>>;

/** The program itself, in the version that ran. */
export function softwareReference(version: string, date: string): Reference {
  return reference('biomedclip-webgpu', `biomedclip-webgpu ${version}`, 'software', {
    author: '{The biomedclip-webgpu authors}',
    title: 'biomedclip-webgpu',
    version,
    year: date.slice(0, 4),
  });
}
