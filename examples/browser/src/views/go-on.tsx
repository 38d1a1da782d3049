import { megabytes } from '../keep/megabytes.ts';
import { counted } from '../parts/number.ts';
import { forgetKept, goOn, keepingTrouble, kept } from '../state/keeping.ts';
import { task } from '../state/opening-task.ts';
import { dayOf, ForgetKept, whatIsKept } from './kept-words.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** On the page as it opens: the way back to what was kept. */
export function GoOn() {
  return (
    <>
      <TroubleNote of={keepingTrouble} />
      <WayBack />
    </>
  );
}

function WayBack() {
  const summary = kept.value;
  if (!summary) return null;
  const { session, bytes } = summary;
  if (!session) return <ForgetKept summary={summary} />;
  const { name = 'a model that its file does not name' } = session.space;
  return (
    <section class="go-on" aria-labelledby="go-on-title">
      <h2 id="go-on-title">
        Go on with {counted(session.pairs, 'pair')} kept {dayOf(session.savedAt)}?
      </h2>
      <p class="muted">
        Embedded by {name}. In this browser: {whatIsKept(session)} ({megabytes(bytes)}).
      </p>
      <div class="row">
        <button type="button" class="primary" disabled={task.value !== undefined} onClick={() => void goOn()}>
          Go on
        </button>
        <button type="button" disabled={task.value !== undefined} onClick={() => void forgetKept()}>
          Forget everything kept
        </button>
      </div>
    </section>
  );
}
