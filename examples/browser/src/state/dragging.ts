import { signal } from '@preact/signals';
import { counted } from '../parts/number.ts';
import { session } from './session.ts';

/** What a drop would do, while files are over the page. */
export interface Dragged {
  /** What there is, as far as a browser tells before the drop. */
  readonly what: string;
  readonly outcome: string;
}

export const dragged = signal<Dragged | undefined>(undefined);

/** @param zone what the place under the pointer does with files; undefined for the page, which opens them */
export function dragOver(
  items: Iterable<Pick<DataTransferItem, 'kind' | 'type'>>,
  zone: string | undefined,
): void {
  const next = { what: whatOf([...items]), outcome: zone ?? opening() };
  if (next.what !== dragged.value?.what || next.outcome !== dragged.value.outcome) dragged.value = next;
}

export function dragEnded(): void {
  dragged.value = undefined;
}

function opening(): string {
  const open = session.pairCount.value;
  if (open === 0) return 'Drop to open';
  return `Drop to open: takes the place of the ${counted(open, 'pair')}, once it is ready`;
}

/** `3 images and 1 other file or folder`: a folder has no type, and its content is not told. */
function whatOf(items: readonly Pick<DataTransferItem, 'kind' | 'type'>[]): string {
  const files = items.filter(({ kind }) => kind === 'file');
  if (files.length === 0) return 'files'; // some browsers tell nothing
  const images = files.filter(({ type }) => type.startsWith('image/')).length;
  const others = files.length - images;
  const parts = [
    ...(images > 0 ? [counted(images, 'image')] : []),
    ...(others > 0
      ? [
          images > 0
            ? counted(others, 'other file or folder', 'other files or folders')
            : counted(others, 'file or folder', 'files or folders'),
        ]
      : []),
  ];
  return parts.join(' and ');
}
