import type { KeptSummary } from '../keep/keeper.ts';
import type { KeptSession } from '../keep/kept-index.ts';
import { megabytes } from '../keep/megabytes.ts';
import { counted } from '../parts/number.ts';
import { forgetKept } from '../state/keeping.ts';

/** Removes everything; beside it how much that is. */
export function ForgetKept({ summary: { bytes, embedded } }: { readonly summary: KeptSummary }) {
  return (
    <div class="row">
      <button type="button" onClick={() => void forgetKept()}>
        Forget everything kept
      </button>
      <span class="muted">
        {megabytes(bytes)} on disk, embeddings of {counted(embedded, 'pair')}
      </span>
    </div>
  );
}

/** For people. */
export function whatIsKept({ pairs, images, imageCount }: KeptSession): string {
  const all = `${counted(pairs, 'pair')} with embeddings, captions and view`;
  if (images === 'originals') return `${all}, and the images`;
  return images === 'thumbnails' ? `${all}, and thumbnails of ${counted(imageCount, 'image')}` : all;
}

/** `today`, `yesterday`, `on Tuesday`, `on 3 March 2026`. */
export function dayOf(iso: string, now = new Date()): string {
  const then = new Date(iso);
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return 'today';
  if (days === 1) return 'yesterday';
  const isThisWeek = days > 1 && days < 7;
  return `on ${then.toLocaleDateString('en-GB', isThisWeek ? { weekday: 'long' } : { dateStyle: 'long' })}`;
}
