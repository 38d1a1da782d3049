import { FileButton } from '../parts/file-button.tsx';
import { counted } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { Segments } from '../parts/segments.tsx';
import {
  choose,
  chosenView,
  closingTrouble,
  enoughPairs,
  FEWEST_PAIRS,
  following,
  means,
  measuring,
  shapes,
} from '../state/closing.ts';
import { closingFileTrouble, loadClosing, saveClosing } from '../state/head.ts';
import { keptClosing } from '../state/kept-closing.ts';
import { figuresTrouble, shownFiguresTrouble } from '../state/measures.ts';
import { session } from '../state/session.ts';
import { ClosingSlider } from './closing-slider.tsx';
import { FiguresTable } from './figures-table.tsx';
import { HeldOut } from './held-out.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** Takes the modality gap away by maps of both modalities, as far as the sliders say. */
export function ClosingPanel() {
  return (
    <Panel
      id="closing"
      title="Close the gap"
      hint="Maps images and texts onto each other. The map, the heatmap, the neighbours and the measures follow."
    >
      {enoughPairs.value ? <Controls /> : <TooFewPairs />}
    </Panel>
  );
}

function TooFewPairs() {
  return (
    <p class="closing-note" role="status">
      A mean and a shape take at least {FEWEST_PAIRS} pairs, and only{' '}
      {counted(session.pairCount.value, 'pair')} is open. Open more to close the gap or to train a head.
    </p>
  );
}

function Controls() {
  return (
    <>
      <Segments
        legend="Show"
        value={chosenView.value}
        options={[
          ['raw', 'embedded'],
          ['sliders', 'means and shapes'],
          ['kept', keptClosing.value && !keptClosing.value.trainedOn ? 'closing file' : 'trained head'],
        ]}
        disabled={keptClosing.value ? [] : ['kept']}
        onChange={choose}
      />
      <ClosingSlider slider="means" value={means.value}>
        How much of each modality’s own mean is taken out: 0 as embedded, 1 centred.
      </ClosingSlider>
      <ClosingSlider slider="shapes" value={shapes.value}>
        Strength of local transport: brings what near neighbours differ in to one shape in both modalities,
        and leaves what subjects differ in.
      </ClosingSlider>
      <p class="hint closing-status" role="status">
        {statusLine()}
      </p>
      <TroubleNote of={closingTrouble} />
      <FiguresTable />
      <TroubleNote of={figuresTrouble} />
      <TroubleNote of={shownFiguresTrouble} />
      <p class="hint">{whatFiguresAreOf()}</p>
      <HeldOut />
      <ClosingFiles />
    </>
  );
}

function statusLine(): string {
  if (following.value) return 'Fitting…';
  return measuring.value ? 'Measuring…' : '';
}

/** Figures of rows that were fitted on flatter; people should know which these are. */
function whatFiguresAreOf(): string {
  const kept = session.shown.value.kind === 'kept' ? keptClosing.value : undefined;
  const open = session.pairs.value;
  const own = kept?.trainedOn?.[0] === open[0] ? (kept?.trainedOn?.length ?? 0) : 0; // those that came later follow them
  if (!kept || own === open.length) {
    return 'In-sample: the maps are fitted on these very pairs, so the figures flatter them.';
  }
  if (own > 0) return `In-sample: the head was trained on the first ${own} of these ${open.length} pairs.`;
  return kept.trainedOn
    ? 'The head was trained on other pairs, so these figures are of pairs that it has not seen.'
    : `In-sample if these pairs are among the ${kept.report.rows.images} that the file was fitted on.`;
}

function ClosingFiles() {
  const how = session.shown.value;
  const canSave = how.kind === 'kept' || (how.kind === 'sliders' && how.means === 1);
  return (
    <>
      <div class="row">
        <button type="button" disabled={!canSave} onClick={() => void saveClosing()}>
          Save this closing
        </button>
        <FileButton
          label="File of a closing"
          accept=".safetensors"
          onFiles={([file]) => file && void loadClosing(file)}
        >
          Load a closing…
        </FileButton>
      </div>
      <TroubleNote of={closingFileTrouble} />
      <p class="hint">A file has the means taken out wholly, so it can be saved with means at 1.00.</p>
    </>
  );
}
