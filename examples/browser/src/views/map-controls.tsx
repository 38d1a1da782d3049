import { shown } from '../parts/number.ts';
import { mapStatus, mapStep, pauseMap, resumeMap, runMap, stopMap } from '../state/map.ts';
import { mapPicture } from '../state/map-layout.ts';
import { PerplexityField } from './perplexity-field.tsx';
import { layoutName } from './scene-now.ts';

/** The start and the end of a descent, for those who do not see it. */
function descentWords(): string {
  const status = mapStatus.value;
  const { iteration, klDivergence } = mapStep.value ?? {};
  if (status === 'empty') return '';
  if (status === 'running') return 't-SNE started';
  if (status === 'paused') return 't-SNE paused';
  return `t-SNE ${status} after ${iteration} iterations, KL ${shown(klDivergence, 3)}`;
}

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
      <PerplexityField />
      {mapPicture.value?.layout === 'pca' && <span class="hint">{layoutName.value}</span>}
      <p class="only-heard" role="status">
        {descentWords()}
      </p>
      {/* It would speak at every step. */}
      <output class="readout" aria-live="off" aria-label="Progress of t-SNE">
        {mapPicture.value?.layout === 'pca' && 't‑SNE: '}
        {step ? `iteration ${step.iteration}` : 'not started'}
        {step?.klDivergence !== undefined && `, KL ${shown(step.klDivergence, 3)}`}
        {status === 'paused' && ', paused'}
        {status === 'stopped' && ', stopped'}
      </output>
    </div>
  );
}
