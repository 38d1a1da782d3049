import { megabytes } from '../keep/megabytes.ts';
import { MOST_ORIGINALS } from '../keep/pictures.ts';
import { counted, percent } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { isKept, keepingProgress, keepingTrouble, keepSession, kept } from '../state/keeping.ts';
import { dayOf, ForgetKept, whatIsKept } from './kept-words.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** What of this goes on after the page is closed: nothing, until people say so. */
export function SessionPanel() {
  const summary = kept.value;
  return (
    <Panel id="session" title="This session">
      {keepingProgress.value ? <Keeping /> : isKept.value && summary ? <Kept /> : <NotKept />}
      <TroubleNote of={keepingTrouble} />
      {summary && <ForgetKept summary={summary} />}
    </Panel>
  );
}

function Kept() {
  const session = kept.value?.session;
  return (
    <p class="hint" role="status">
      Kept in this browser: {session && whatIsKept(session)}. Changes of the view are kept too.
    </p>
  );
}

function NotKept() {
  const before = kept.value?.session;
  return (
    <>
      <p class="hint">
        Not kept: pairs and embeddings go when this tab is closed.
        {before &&
          ` Keeping them replaces the ${counted(before.pairs, 'pair')} kept ${dayOf(before.savedAt)}.`}
      </p>
      <div class="row">
        <button type="button" onClick={() => void keepSession()}>
          Keep this session in this browser
        </button>
      </div>
      <p class="hint">
        Embeddings, captions, view and images (above {megabytes(MOST_ORIGINALS)} together, thumbnails) are
        then written to this browser’s private storage on this computer, unencrypted, until you forget them.
        Images that were embedded once need not be again. Nothing is sent anywhere.
      </p>
    </>
  );
}

function Keeping() {
  const { done = 0, total = 0 } = keepingProgress.value ?? {};
  return (
    <div role="status">
      <p class="hint">Keeping{total > 0 && ` – ${percent(done / total)}`}</p>
      <progress max={Math.max(1, total)} value={done} aria-label="Keeping this session" />
    </div>
  );
}
