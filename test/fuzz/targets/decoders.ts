import { readDicomTags } from '../../../src/image/dicom/read-tags.ts';
import { framesIn, sharedFormat } from '../../../src/image/formats.ts';
import { readImageHeader } from '../../../src/image/header.ts';
import { maxPixels } from '../../../src/image/limits.ts';
import { golden } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

function decoderTarget(
  name: string,
  seeds: Target['seeds'],
  words: readonly string[],
  cases: number,
): Target {
  return {
    name,
    seeds,
    words,
    cases,
    memory: () => 6 * maxPixels, // a few runs may be all of a large picture

    async read(bytes) {
      const format = await sharedFormat(bytes);
      if (!format) {
        readImageHeader(bytes, 'picture'); // says that it is none
        return;
      }
      const frames = await answer(async () => (await framesIn(bytes, 'picture', 'coronal'))?.count);
      expectThat(
        frames === undefined || typeof frames === 'string' || Number(frames) >= 1,
        `${frames} frames`,
      );
      const decode = () => format.decode(bytes, 'picture', {});
      const { width, height, data, mode } = await decode();
      const channels = mode === 'rgb' ? 4 : data.length / (width * height);
      expectThat(
        Number.isInteger(channels) && data.length === width * height * channels,
        `${data.length} values for ${width} x ${height}`,
      );
      expectSame((await decode()).data, data, 'decoded twice');
    },
  };
}

const dicomTags: Target = {
  name: 'dicom-tags',
  cases: 3000,
  seeds: golden('dicom', /^(?:tags|grey-8|deflated|report|no-rows|implicit).*\.dcm$/, 4000),
  words: [
    'DICM',
    'ISO_IR 100',
    'UI',
    'SQ',
    '\xff\xff\xff\xff',
    '\xfe\xff\x00\xe0',
    '\xfe\xff\x0d\xe0',
    '1.2.840.10008.1.2.1.99',
  ],
  async read(bytes) {
    const values = await readDicomTags(
      bytes,
      ['Modality', 'PatientName', '(0028,0010)', 'StudyDate', 'PixelSpacing'],
      'file.dcm',
    );
    for (const value of Object.values(values))
      expectThat(typeof value === 'string', 'a value that is no text');
  },
};

export const decoders: readonly Target[] = [
  decoderTarget(
    'bmp',
    golden('pictures', /\.bmp$/, 1300),
    ['BM', '\0\0', '\0\x01', '\0\x02', '(\0\0\0'],
    800,
  ),
  decoderTarget(
    'netpbm',
    golden('pictures', /\.p[bgp]m$/, 1300),
    ['P1', 'P4\n', '#', '\n', '65535', '0 1 '],
    800,
  ),
  decoderTarget(
    'jpeg2000',
    golden('pictures', /\.(?:jp2|j2k)$/, 1000),
    ['\xff\x52', '\xff\x5c', '\xff\x90', '\xff\x93', 'jp2c'],
    40,
  ),
  decoderTarget(
    'nifti',
    golden('nifti', /\.nii(?:\.gz)?$/, 1100),
    ['n+1\0', 'ni1\0', '\0\0\0\x80', '\x5c\x01\0\0'],
    500,
  ),
  decoderTarget(
    'dicom',
    golden('dicom', /\.dcm$/, 2500),
    [
      'DICM',
      '1.2.840.10008.1.2.4.50',
      'US\x02\0',
      'SQ',
      '\xff\xff\xff\xff',
      '\xfe\xff\0\xe0',
      '\x28\0\x10\0',
    ],
    100,
  ),
  dicomTags,
];
