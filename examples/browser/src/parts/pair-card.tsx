import { session } from '../state/session.ts';
import { Thumbnail } from './thumbnail.tsx';

/** The image and the caption of a pair, side by side. */
export function PairCard({ pair: index }: { readonly pair: number }) {
  const pair = session.pairs.value[index];
  if (!pair) return null;
  return (
    <div class="pair-card">
      <Thumbnail url={pair.url} name={pair.id} alt={pair.id} />
      <div>
        <p class="caption">{pair.caption || '(empty caption)'}</p>
        <p class="muted">{pair.id}</p>
      </div>
    </div>
  );
}
