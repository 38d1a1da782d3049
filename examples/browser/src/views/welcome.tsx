import { IMAGE_KINDS } from '../data/image-files.ts';
import { SAVED_KINDS } from '../data/saved-files.ts';
import { GoOn } from './go-on.tsx';
import { GreyWindow } from './grey-window.tsx';
import { OpenButtons } from './open-buttons.tsx';

/** Before anything is open. */
export function Welcome() {
  return (
    <div class="welcome">
      <GoOn />
      <div class="welcome-drop">
        <h2>Do an image and its caption sit together?</h2>
        <p>
          BiomedCLIP puts images and texts into one space. Matching pairs are nearest among strangers, and yet
          images keep to images and texts to texts: the modality gap. Look at it here, for the example set or
          your own pictures.
        </p>
        <OpenButtons prominent />
        <GreyWindow />
        <p class="muted">
          Or drop images with a captions file here, or a folder of both: a CSV, TSV or JSON with the columns{' '}
          <code>image,caption</code> (and <code>label</code>, if you have classes), or a text file with a
          caption a line. Images may be {IMAGE_KINDS}. Sets of both in one file open too:{' '}
          <code>.parquet</code>, <code>.tar</code>, <code>.tar.gz</code> and <code>.tgz</code>. So do
          embeddings that were saved, without any model: {SAVED_KINDS}.
        </p>
      </div>
      <ul class="promises">
        <li>
          <strong>Nothing leaves your machine.</strong> Pictures and captions stay in this tab, and are kept
          in this browser only if you say so. Once used, the page also works offline.
        </li>
        <li>
          <strong>On your GPU.</strong> Both towers, the similarities and t‑SNE run as WebGPU kernels.
        </li>
        <li>
          <strong>Not for diagnosis.</strong> The model that comes with the page is small and trained on
          drawings. Open a download of BiomedCLIP as a checkpoint folder for the real one.
        </li>
      </ul>
    </div>
  );
}
