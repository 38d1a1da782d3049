import { ARCHIVE_ENDINGS } from '../../../../src/archives/index.ts';
import { pickedFiles } from '../data/dropped-files.ts';
import { IMAGE_ACCEPT } from '../data/image-files.ts';
import { SAVED_ACCEPT } from '../data/saved-files.ts';
import { FileButton } from '../parts/file-button.tsx';
import { noGpu, report } from '../state/messages.ts';
import { openExampleSet, openFiles, openModel, task } from '../state/opening.ts';

interface OpenButtonsProps {
  /** Whether the example set is what the page suggests. */
  readonly prominent: boolean;
}

/** What to look at, and with which model. */
export function OpenButtons({ prominent }: OpenButtonsProps) {
  const disabled = noGpu.value !== undefined || task.value !== undefined;
  return (
    <div class="row open-buttons">
      <button
        type="button"
        class={prominent ? 'primary large' : ''}
        disabled={disabled}
        onClick={() => void openExampleSet()}
      >
        {prominent ? 'Look at the example set' : 'Example set'}
      </button>
      <FileButton
        label="Images and captions"
        accept={`${IMAGE_ACCEPT},${SAVED_ACCEPT},.csv,.tsv,.json,.jsonl,.ndjson,.txt,${ARCHIVE_ENDINGS.join(',')}`}
        multiple
        disabled={disabled}
        onFiles={(files) => void openFiles(pickedFiles(files))}
      >
        {prominent ? 'Open images and captions…' : 'Open files…'}
      </FileButton>
      <ModelButton name={prominent ? 'Open a checkpoint folder…' : 'Open model…'} disabled={disabled} />
    </div>
  );
}

/** By a folder picker where the browser has one: the other way asks people whether to "upload" the files. */
function ModelButton({ name, disabled }: { readonly name: string; readonly disabled: boolean }) {
  if (!('showDirectoryPicker' in window)) {
    return (
      <FileButton
        label="Checkpoint folder"
        folder
        disabled={disabled}
        onFiles={(files) => void openModel({ kind: 'files', files })}
      >
        {name}
      </FileButton>
    );
  }
  return (
    <button type="button" disabled={disabled} onClick={() => void pickFolder()}>
      {name}
    </button>
  );
}

async function pickFolder(): Promise<void> {
  try {
    await openModel({ kind: 'folder', folder: await window.showDirectoryPicker() });
  } catch (error) {
    report(error); // closing the picker is an AbortError, which is not reported
  }
}
