import { counted } from '../parts/number.ts';
import { isDefaultModel, session } from '../state/session.ts';
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
        {session.pairCount.value > 0 && <OpenButtons prominent={false} />}
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
  const info = session.model.value?.info;
  const count = session.pairCount.value;
  const pairs = count > 0 ? [counted(count, 'pair')] : [];
  if (!info) return [...pairs, 'no model loaded'].join(' · ');
  const name = isDefaultModel() ? 'default model (not medical)' : info.name;
  return [...pairs, name, `${info.embedDim} dimensions`, info.adapter].join(' · ');
}
