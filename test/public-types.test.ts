import { describe, expect, test } from 'vitest';
import { PublicApi, type PublicName } from './support/public-api.ts';

// What an editor shows of the package: each export and each option with a text, each type to be had by its name.

const ENTRIES = ['src/index.ts', 'src/plots/index.ts'];
const api = new PublicApi(ENTRIES);

const isOption = ({ name, optional }: PublicName) =>
  optional && /^(\w*Options|JudgedRows|EmbedInputs|NamedImage|NamedText|SweepSetting)\./.test(name);
const isCallback = ({ type }: PublicName) => type.includes('=>') || type === 'AbortSignal';
const namesOf = (names: readonly PublicName[]) => names.map(({ name }) => name);

describe.each(ENTRIES)('%s', (entry) => {
  const names = api.names(entry);

  test('has a text for every export, member and option', () => {
    expect(names.length).toBeGreaterThan(20);
    expect(namesOf(names.filter(({ doc }) => doc.trim() === ''))).toEqual([]);
  });

  test('says the default of every option that has one', () => {
    const silent = names.filter((name) => isOption(name) && !isCallback(name) && !/default/i.test(name.doc));
    expect(namesOf(silent)).toEqual([]);
  });

  test('says the range or the unit of every number among the options', () => {
    const ranged = /\babove\b|\bfrom\b|\bat (least|most)\b|\bat 0\b|\b0 for\b|\binteger\b|exp\(/;
    const silent = names.filter((name) => isOption(name) && name.type === 'number' && !ranged.test(name.doc));
    expect(namesOf(silent)).toEqual([]);
  });

  test('exports every type that it names', () => {
    expect(api.unexportedTypes(entry)).toEqual([]);
  });
});

const valuesOf = (entry: string) =>
  namesOf(api.names(entry).filter(({ kind }) => kind === 'function' || kind === 'value')).sort();

test('exports nothing that is not meant for use', () => {
  expect(valuesOf('src/index.ts')).toEqual([
    'ARCHIVE_ENDINGS',
    'BiomedClip',
    'BiomedClip', // as ClipModel
    'CLASSIFICATION_MEASURES',
    'COMPARED_STATISTICS',
    'GAP_STATISTICS',
    'QUALITY_MEASURES',
    'averagePrompts',
    'classificationMetrics',
    'clearCache',
    'compareGaps',
    'compareQuality',
    'disturbedRows',
    'duplicates',
    'embeddingQuality',
    'fitGapClosing',
    'gapCsv',
    'isArchiveName',
    'linearProbe',
    'loadGapClosing',
    'modalityGap',
    'nearestProbe',
    'npyBytes',
    'openPairs',
    'openSlide',
    'readNpy',
    'readVectors',
    'releaseGpu',
    'searchIndex',
    'searchRows',
    'selectRows',
    'shiftModalities',
    'similarityMatrix',
    'splitItems',
    'stackRows',
    'sweepGapClosings',
    'tokensOf',
    'tsne',
    'tsneTransform',
    'zeroShotMetrics',
  ]);
});

test('exports every error to be told apart', () => {
  const library = new PublicApi(['src/index.ts']);
  const exported = new Set(namesOf(library.names('src/index.ts')));
  const classes = library.errorClasses();
  expect(classes.length).toBeGreaterThan(50);
  expect(classes.filter((name) => !exported.has(name))).toEqual([]);
});
