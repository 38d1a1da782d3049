import { useRef } from 'preact/hooks';
import { counted, percent } from '../parts/number.ts';
import { dismiss, lost, messages, noGpu } from '../state/messages.ts';
import { embedRest } from '../state/opening.ts';
import { cancelOpening, openingHeard, soFar, task } from '../state/opening-task.ts';
import { lookAgain, openRecorded, recorded } from '../state/recorded.ts';
import { recover } from '../state/recover.ts';
import { session } from '../state/session.ts';
import { TimeLeft, timeInWords } from '../state/time-left.ts';
import { AskedOfCaptions } from './captions-question.tsx';

/** What the page has to say, and the progress of what it waits for. */
export function Notices() {
  return (
    <div class="notices">
      {noGpu.value && <NoGpu reason={noGpu.value} />}
      {recorded.value && (
        <div class="notice info" role="status">
          <p>
            <strong>Recorded on {recorded.value.date}</strong> with {recorded.value.adapter}. Nothing is
            computed here: other texts, files and closings take a GPU.
          </p>
        </div>
      )}
      {lost.value && <Lost reason={lost.value} />}
      {messages.value.map((message) => (
        <div
          key={message.text}
          class={`notice ${message.kind}`}
          role={message.kind === 'error' ? 'alert' : 'status'}
        >
          <p>{message.text}</p>
          <button type="button" onClick={() => dismiss(message)}>
            Dismiss
          </button>
        </div>
      ))}
      <AskedOfCaptions />
      {task.value ? <TaskProgress key={`${task.value.title} ${task.value.total}`} /> : <Rest />}
      <p class="only-heard" role="status">
        {openingHeard.value}
      </p>
    </div>
  );
}

function NoGpu({ reason }: { readonly reason: string }) {
  return (
    <div class="notice error" role="alert">
      <p>
        <strong>WebGPU is missing, so nothing can be computed here.</strong> Chrome and Edge from version 113,
        Safari from 26 and Firefox from 141 have it; on Linux it may have to be switched on. The page must
        come from https or localhost. The browser says: {reason}.
      </p>
      {!recorded.value && (
        <button type="button" class="primary" onClick={() => void openRecorded()}>
          See a recorded example
        </button>
      )}
      <button type="button" onClick={() => void lookAgain()}>
        Look again
      </button>
    </div>
  );
}

function Lost({ reason }: { readonly reason: string }) {
  return (
    <div class="notice error" role="alert">
      <p>
        <strong>The GPU was lost.</strong> The driver was reset, or the system took the GPU away. Your images
        and their embeddings are still here; the model has to be loaded again. If that fails, wait a moment
        and try once more: after several losses a browser gives no GPU until it is started anew. It says:{' '}
        {reason}
      </p>
      <button type="button" class="primary" onClick={() => void recover()}>
        Reload the model
      </button>
    </div>
  );
}

function TaskProgress() {
  const timing = useRef(new TimeLeft());
  if (!task.value) return null;
  const { title, done, total, isCounted } = task.value;
  return (
    <div class="notice task">
      <p>
        {title}
        {total > 0 &&
          (isCounted ? `: ${piecesDone(done, total, timing.current)}` : ` – ${percent(done / total)}`)}
      </p>
      <progress {...(total > 0 ? { max: total, value: done } : {})} aria-label={title} />
      <ShowSoFar />
      <button type="button" onClick={cancelOpening}>
        {soFar.value?.isShown ? 'Stop here' : 'Cancel'}
      </button>
    </div>
  );
}

/** Those that are embedded can be looked at while the others are. */
function ShowSoFar() {
  const { ready = 0, isShown, show } = soFar.value ?? {};
  const shown = isShown ? session.pairCount.value : 0;
  if (!show || ready <= shown) return null;
  return (
    <button type="button" onClick={() => void show()}>
      Show the first {counted(ready, 'pair')}
    </button>
  );
}

/** The embedding was stopped before its end. */
function Rest() {
  const { value: untried } = session.untried;
  if (untried === 0) return null;
  return (
    <div class="notice info" role="status">
      <p>
        Of {counted(session.inputs.value.length, 'pair')}, {untried.toLocaleString('en')} are not embedded
        yet: what is shown is of the others.
      </p>
      <button type="button" onClick={() => void embedRest()}>
        Embed the rest
      </button>
    </div>
  );
}

/** `1,204 of 5,000, about 6 min` */
function piecesDone(done: number, total: number, timing: TimeLeft): string {
  const left = timing.after(done, total, performance.now());
  const count = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  return left === undefined ? count : `${count}, ${timeInWords(left)}`;
}
