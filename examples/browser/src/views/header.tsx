import { EMBEDDED } from '../engine/space.ts';
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
  if (count > 0 && !session.takesQueries.value) return [...pairs, ...spaceWords(), modelWords()].join(' · ');
  if (!info) return [...pairs, 'no model loaded'].join(' · ');
  return [...pairs, modelWords(), `${info.embedDim} dimensions`, info.adapter].join(' · ');
}

function modelWords(): string {
  const info = session.model.value?.info;
  if (!info) return 'no model loaded';
  return isDefaultModel() ? 'default model (not medical)' : info.name;
}

/** Of embeddings that another model made than the one that is loaded, if any is. */
function spaceWords(): string[] {
  const { name, dim } = session.space.value ?? {};
  const maker = name === EMBEDDED ? 'the default model (not medical)' : (name ?? 'an unknown model');
  return [`embeddings of ${maker}`, `${dim} dimensions`];
}
