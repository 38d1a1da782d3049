import { droppedFiles } from '../data/dropped-files.ts';
import { IMAGE_ACCEPT } from '../data/image-files.ts';
import { FileButton } from '../parts/file-button.tsx';
import { percent } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { Thumbnail } from '../parts/thumbnail.tsx';
import { canTakeBack, setLabels, takeLabelsBack, takeSetLabels } from '../state/label-batch.ts';
import { openModel } from '../state/opening.ts';
import { session } from '../state/session.ts';
import { classify, labels, scores, scoresTrouble, template, zeroShotImage } from '../state/zero-shot.ts';
import { LabelBatches } from './label-batch.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** Which of some labels fits an image best. */
export function ZeroShotPanel() {
  return (
    <Panel id="zero-shot" title="Zero-shot: which label fits?">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
      <div
        class="drop-zone"
        data-drop="Drop to ask which label fits"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          if (event.dataTransfer) void dropped(event.dataTransfer);
        }}
      >
        {zeroShotImage.value && (
          <Thumbnail
            url={zeroShotImage.value.url}
            name={zeroShotImage.value.name}
            alt={zeroShotImage.value.name}
          />
        )}
        <p>
          Drop an image here or{' '}
          <FileButton
            label="Image to classify"
            accept={IMAGE_ACCEPT}
            onFiles={([image]) => image && void classify(image, image.name)}
          >
            choose one
          </FileButton>
        </p>
      </div>
      {!session.model.value && <NeedsModel />}
      <ScoreList />
      <LabelBatches />
      <details>
        <summary>Labels and template</summary>
        <label class="stacked">
          Labels, one a line
          <textarea
            rows={6}
            value={labels.value}
            onChange={({ currentTarget }) => {
              labels.value = currentTarget.value;
              void classify();
            }}
          />
        </label>
        <div class="row">
          {setLabels.value.length > 0 && (
            <button type="button" onClick={takeSetLabels}>
              Labels of the open set ({setLabels.value.length})
            </button>
          )}
          {canTakeBack.value && (
            <button type="button" onClick={takeLabelsBack}>
              Back to the labels before
            </button>
          )}
        </div>
        <label class="stacked">
          Template, with {'{}'} for the label
          <input
            type="text"
            value={template.value}
            onChange={({ currentTarget }) => {
              template.value = currentTarget.value;
              void classify();
            }}
          />
        </label>
      </details>
    </Panel>
  );
}

function NeedsModel() {
  return (
    <p class="hint">
      This takes a model, and none is loaded: open a checkpoint folder above, or{' '}
      <button type="button" onClick={() => void openModel({ kind: 'embedded' })}>
        load the default model
      </button>
    </p>
  );
}

async function dropped(data: DataTransfer): Promise<void> {
  const [dropped] = await droppedFiles(data);
  if (dropped) await classify(dropped.file, dropped.file.name);
}

function ScoreList() {
  if (scores.pending) return <p class="hint">Comparing with the labels…</p>;
  if (!scores.value) return <TroubleNote of={scoresTrouble} />;
  return (
    <ol class="scores" aria-label="Labels by probability">
      {scores.value.map(({ label, probability }) => (
        <li key={label}>
          <span class="score-name">{label}</span>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${100 * probability}%` }} />
          </span>
          <span class="score-value">{percent(probability, 1)}</span>
        </li>
      ))}
    </ol>
  );
}
