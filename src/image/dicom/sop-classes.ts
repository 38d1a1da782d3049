/** Files that hold no picture, by SOP class (PS3.4, annex B), so that the error can say what came. */
const known: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.3.10': 'directory of media',
  '1.2.840.10008.5.1.4.39.1': 'colour palette',
  '1.2.840.10008.5.1.4.1.1.104.1': 'encapsulated PDF',
  '1.2.840.10008.5.1.4.1.1.104.2': 'encapsulated CDA document',
  '1.2.840.10008.5.1.4.1.1.104.3': 'encapsulated STL model',
  '1.2.840.10008.5.1.4.1.1.104.4': 'encapsulated OBJ model',
  '1.2.840.10008.5.1.4.1.1.11.1': 'greyscale presentation state',
  '1.2.840.10008.5.1.4.1.1.11.2': 'colour presentation state',
  '1.2.840.10008.5.1.4.1.1.481.3': 'RT structure set',
  '1.2.840.10008.5.1.4.1.1.481.5': 'RT plan',
  '1.2.840.10008.5.1.4.1.1.481.8': 'RT ion plan',
  '1.2.840.10008.5.1.4.1.1.66': 'raw data',
  '1.2.840.10008.5.1.4.1.1.66.1': 'spatial registration',
  '1.2.840.10008.5.1.4.1.1.66.3': 'deformable spatial registration',
  '1.2.840.10008.5.1.4.1.1.66.5': 'surface segmentation',
  '1.2.840.10008.5.1.4.1.1.4.2': 'MR spectroscopy',
  '1.2.840.10008.5.1.4.1.1.88.11': 'basic text report',
  '1.2.840.10008.5.1.4.1.1.88.22': 'enhanced report',
  '1.2.840.10008.5.1.4.1.1.88.33': 'comprehensive report',
  '1.2.840.10008.5.1.4.1.1.88.34': 'comprehensive 3D report',
  '1.2.840.10008.5.1.4.1.1.88.50': 'mammography CAD report',
  '1.2.840.10008.5.1.4.1.1.88.59': 'key object selection',
  '1.2.840.10008.5.1.4.1.1.88.65': 'chest CAD report',
  '1.2.840.10008.5.1.4.1.1.88.67': 'X-ray dose report',
};

const groups: readonly (readonly [prefix: string, name: string])[] = [
  ['1.2.840.10008.5.1.4.1.1.88.', 'structured report'],
  ['1.2.840.10008.5.1.4.1.1.9.', 'waveform'],
  ['1.2.840.10008.5.1.4.1.1.11.', 'presentation state'],
  ['1.2.840.10008.5.1.4.1.1.481.', 'radiotherapy object'],
];

/** What a file without pixels is: `comprehensive report, modality SR`. UIDs and modalities alone, nothing of a patient. */
export function describeObject(sopClass: string | undefined, modality: string | undefined): string {
  const uid = sopClass && /^[\d.]{1,64}$/.test(sopClass) ? sopClass : undefined;
  const group = groups.find(([prefix]) => uid?.startsWith(prefix))?.[1];
  const what = known[uid ?? ''] ?? group ?? (uid ? `SOP class ${uid}` : 'no SOP class');
  return /^[A-Z0-9_ ]{1,16}$/.test(modality ?? '') ? `${what}, modality ${modality}` : what;
}
