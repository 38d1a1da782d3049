import { shown } from '../parts/number.ts';
import {
  chosenPerplexity,
  mapStatus,
  mapStep,
  pauseMap,
  perplexity,
  resumeMap,
  runMap,
  stopMap,
} from '../state/map.ts';
import { pairCount } from '../state/pairs.ts';

/** Start, pause, resume and stop, the perplexity, and how far the descent is. */
export function MapControls() {
  const status = mapStatus.value;
  const step = mapStep.value;
  return (
    <div class="row map-controls">
      {status === 'running' ? (
        <button type="button" onClick={pauseMap}>
          Pause
        </button>
      ) : status === 'paused' ? (
        <button type="button" class="primary" onClick={resumeMap}>
          Resume
        </button>
      ) : (
        <button type="button" class="primary" onClick={() => void runMap()}>
          {status === 'empty' ? 'Start t-SNE' : 'Start again'}
        </button>
      )}
      {(status === 'running' || status === 'paused') && (
        <button type="button" onClick={stopMap}>
          Stop
        </button>
      )}
      <label class="field">
        Perplexity
        <input
          type="number"
          min={1}
          max={2 * pairCount.value - 1}
          step={1}
          value={perplexity.value}
          onChange={({ currentTarget }) => {
            const value = currentTarget.valueAsNumber;
            chosenPerplexity.value = value >= 1 ? value : undefined;
          }}
        />
      </label>
      <output class="readout" aria-label="Progress of t-SNE">
        {step ? `iteration ${step.iteration}` : 'not started'}
        {step?.klDivergence !== undefined && `, KL ${shown(step.klDivergence, 3)}`}
        {status === 'paused' && ', paused'}
        {status === 'stopped' && ', stopped'}
      </output>
    </div>
  );
}
