import { BERT_SPECIAL_TOKENS } from '../src/text/wordpiece-json.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const SYMBOLS = 'αβγδεκλμπσωµ°±×÷≤≥→²³½–—…•·§®';

const COMMON_WORDS = `
  this is a an the of and or in on at to from with without by for as are was were be been has have had not no there
  that these those it its which who show shows showing shown see seen left right upper lower anterior posterior lateral
  medial superior inferior bilateral unilateral proximal distal small large mild moderate severe acute chronic early late
  normal abnormal new old year male female patient patients case cases day days week after before during between within
  image images photo photograph figure picture view views section scan slide line chart charts pie bar plot graph table
  diagram curve map arrow arrows white black red green blue high low increased decreased one two three
`;

const MEDICAL_WORDS = `
  histopathology pathology histology cytology microscopy squamous cell cells carcinoma adenocarcinoma sarcoma lymphoma
  melanoma glioma metastasis metastatic tumor tumour cancer benign malignant invasive ductal lobular papillary hematoxylin
  haematoxylin eosin stain stained staining immunohistochemistry immunofluorescence fluorescence electron tissue gland
  glands nuclei nucleus nuclear cytoplasm stroma epithelium epithelial basal keratin necrosis fibrosis inflammation
  inflammatory infiltrate biopsy resection specimen grade stage covid sars cov virus viral bacterial infection pneumonia
  effusion edema consolidation opacity opacities nodule nodules mass masses lesion lesions cyst cysts abscess hemorrhage
  infarct ischemia stenosis thrombus embolism aneurysm fracture fractures dislocation arthritis x ray rays radiograph
  radiography radiology ct mri pet mr ultrasound mammography angiography tomography endoscopy colonoscopy dermoscopy
  fundus retinal retina axial coronal sagittal contrast enhanced enhancement weighted t1 t2 flair signal intensity chest
  bone brain lung lungs lobe liver kidney kidneys spleen pancreas heart cardiac aorta aortic vein artery arteries spine
  spinal cord knee hip shoulder hand wrist foot skull breast thyroid prostate colon stomach skin lymph node nodes bladder
  uterus ovary ovarian renal hepatic pulmonary cerebral coronary gene protein dna rna mrna il tnf ki
`;

const PIECES = `
  s es ed ing er ers ly al ic ous ion ions ation tion sion ment ness able ible ity ive ary ory oma omas itis osis emia
  pathy logy logic logical graphy graph gram scopy scopic plasty ectomy otomy ostomy genic genesis cyte cytes cytic blast
  plasia trophy philic phil chemistry hist patho path cyto hemato onco carci sarco lympho myelo neuro cardio pulmo hepato
  nephro osteo derm vascul th ch sh ph st nd rd an en in on un re de ar or ur at it et el il ol ul am em im om um
`;

/**
 * The vocabulary of the seeded test models: real WordPiece of a few hundred entries, special tokens first as in
 * PubMedBERT. It can spell every word of ASCII letters and digits, and has the words of the example captions as single
 * tokens.
 */
export const DEFAULT_VOCABULARY: readonly string[] = [
  ...new Set([
    ...BERT_SPECIAL_TOKENS,
    ...PUNCTUATION,
    ...DIGITS,
    ...LETTERS,
    ...SYMBOLS,
    ...[...LETTERS, ...DIGITS, ...words(PIECES)].map((piece) => `##${piece}`),
    ...words(COMMON_WORDS),
    ...words(MEDICAL_WORDS),
  ]),
];

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}
