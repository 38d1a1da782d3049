import { counted } from '../parts/number.ts';
import { isDefaultModel, modelInfo } from '../state/model.ts';
import { pairCount } from '../state/pairs.ts';
import { helpOpen } from './help-dialog.tsx';
import { OpenButtons } from './open-buttons.tsx';

export function Header() {
  return (
    <header>
      <div class="brand">
        <h1>The modality gap of BiomedCLIP</h1>
        <p class="muted status">{status()}</p>
      </div>
      <div class="row">
        {pairCount.value > 0 && <OpenButtons prominent={false} />}
        <button
          type="button"
          aria-label="Keyboard shortcuts"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function status(): string {
  const info = modelInfo.value;
  const pairs = pairCount.value > 0 ? [counted(pairCount.value, 'pair')] : [];
  if (!info) return [...pairs, 'no model loaded'].join(' · ');
  const name = isDefaultModel() ? 'default model (not medical)' : info.name;
  return [...pairs, name, `${info.embedDim} dimensions`, info.adapter].join(' · ');
}
