import type { ToolName, ToolOutput } from './mcp-shapes.ts';

/** Each tool's result in words, for clients that do not read structured content. */
export const TEXT: { readonly [N in ToolName]: (result: ToolOutput<N>) => string } = {
  list_images({ folders, images, total }) {
    const sizes = folders.map(({ name, images }) => `${name}: ${images} images`);
    const more = images.length < total ? [`(${images.length} of ${total})`] : [];
    return (
      [...sizes, ...images.map(({ folder, image }) => `${folder}/${image}`), ...more].join('\n') ||
      'no folders'
    );
  },
  embed({ embeddings, dim, model }) {
    const kinds = ['text', 'image'].map((kind) => embeddings.filter((row) => row.kind === kind).length);
    return `${kinds[0]} texts and ${kinds[1]} images embedded in ${dim} dimensions by ${model}; see structuredContent`;
  },
  search({ results, searched, unreadable }) {
    const lines = results.map(({ folder, image, cosine }) => `${cosine.toFixed(3)}  ${folder}/${image}`);
    return [...lines, `(${searched} images searched)`, ...failures(unreadable)].join('\n');
  },
  compare({ rows, columns, cosines }) {
    return rows
      .flatMap((row, i) => columns.map((column, j) => `${cosines[i]?.[j]?.toFixed(3)}  ${row}  |  ${column}`))
      .join('\n');
  },
  zero_shot({ results, counts, total, unreadable }) {
    const lines = results.map(({ image, labels: [best] }) => {
      return `${image}: ${best?.label} (${(100 * (best?.probability ?? 0)).toFixed(1)} %)`;
    });
    const most = counts.filter(({ images }) => images > 0).map(({ label, images }) => `${label} ${images}`);
    return [...lines, `of ${total} images: ${most.join(', ')}`, ...failures(unreadable)].join('\n');
  },
};

function failures({ count, first }: ToolOutput<'search'>['unreadable']): string[] {
  if (count === 0) return [];
  return [`${count} cannot be read:`, ...first.map(({ error }) => error)];
}
