import type { EmbedResult, ModelInfo } from '../../api.ts';
import type { Embeddings } from '../../embeddings.ts';
import { selectRows } from '../../metrics/vectors.ts';
import type { IdentifiedImages } from '../image-identity.ts';
import { type Manifest, REVISION, rowFacts } from '../manifest.ts';
import { modelName, withoutHome } from '../provenance.ts';
import type { EmbedCommandInputs } from './embed-inputs.ts';

/** A result's rows in the order in which they are written. */
interface ArrangedRows {
  readonly images: Embeddings;
  readonly texts: Embeddings;
  /** The input of each row, by index. */
  readonly inputs: { readonly images: readonly number[]; readonly texts: readonly number[] };
  /** The first so many rows of both correspond. */
  readonly pairs: number;
}

/** Pairs first, so that row i of one belongs to row i of the other; then rows without a partner. */
export function arrangedRows(
  { images, texts, pairs }: EmbedCommandInputs,
  { images: imageRows, texts: textRows, skipped }: EmbedResult,
): ArrangedRows {
  const rows = {
    image: rowsOf(images.length, 'image', skipped),
    text: rowsOf(texts.length, 'text', skipped),
  };
  const whole = pairs.filter(({ image, text }) => rows.image.has(image) && rows.text.has(text));
  const lost = new Map(pairs.map(({ text, id }) => [text, id])); // a text keeps the id of a pair that lost its image
  const arrange = (kind: 'image' | 'text', embedded: Embeddings, idOf: (index: number) => string) => {
    const paired = whole.map((pair) => pair[kind]);
    const partners = new Set(paired);
    const lone = [...rows[kind].keys()].filter((index) => !partners.has(index));
    const inputs = [...paired, ...lone];
    const ids = [...whole.map(({ id }) => id), ...lone.map(idOf)];
    const places = inputs.map((index) => rows[kind].get(index) ?? 0);
    return { inputs, rows: { ...selectRows(embedded, places), ids } };
  };
  const [image, text] = [
    arrange('image', imageRows, (index) => images[index]?.id ?? ''),
    arrange('text', textRows, (index) => lost.get(index) ?? texts[index]?.id ?? ''),
  ];
  return {
    images: image.rows,
    texts: text.rows,
    inputs: { images: image.inputs, texts: text.inputs },
    pairs: whole.length,
  };
}

/** The row of each input that has one. */
export function rowsOf(
  count: number,
  kind: 'image' | 'text',
  skipped: EmbedResult['skipped'],
): Map<number, number> {
  const lost = new Set(skipped.filter((input) => input.kind === kind).map(({ index }) => index));
  const kept = Array.from({ length: count }, (_, index) => index).filter((index) => !lost.has(index));
  return new Map(kept.map((index, row) => [index, row]));
}

export function manifestOf(
  { images, texts }: EmbedCommandInputs,
  read: IdentifiedImages,
  { skipped, pairs, inputs, ...rows }: EmbedResult & ArrangedRows,
  { name, fingerprint, untrained, dtype, adapter }: ModelInfo,
): Manifest {
  return {
    model: modelName(name),
    fingerprint,
    revision: REVISION,
    ...(untrained ? { untrained } : {}),
    dtype,
    adapter,
    pairs,
    images: rows.images.ids.map((id, row) => {
      const input = inputs.images[row] ?? 0;
      const { path = '', label, group } = images[input] ?? {};
      const dicom = read.tagsOf(input);
      return {
        id,
        path: withoutHome(path),
        ...rowFacts({ label, group }),
        ...(dicom && { dicom }),
        ...read.identityOf(input),
      };
    }),
    texts: rows.texts.ids.map((id, row) => {
      const { text = '', label, group } = texts[inputs.texts[row] ?? 0] ?? {};
      return { id, caption: text, ...rowFacts({ label, group }) };
    }),
    skipped: skipped.map(({ kind, index, id, error }) => ({
      id,
      error: withoutHome(`${error.name}: ${error.message}`),
      ...(kind === 'image' ? read.identityOf(index) : {}),
    })),
  };
}
