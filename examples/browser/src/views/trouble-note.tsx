import type { Trouble } from '../state/trouble.ts';

/** Near what it is about, and heard at once. */
export function TroubleNote({ of }: { readonly of: Trouble }) {
  if (of.words === undefined) return null;
  return (
    <p class="refused" role="alert">
      {of.words}
    </p>
  );
}
