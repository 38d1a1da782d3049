import { ARCHIVE_ENDINGS } from '../../../../src/archives/index.ts';
import { pickedFiles } from '../data/dropped-files.ts';
import { IMAGE_ACCEPT } from '../data/image-files.ts';
import { filesIn, withoutHidden } from '../data/picked-folder.ts';
import { SAVED_ACCEPT } from '../data/saved-files.ts';
import { FileButton } from '../parts/file-button.tsx';
import { noGpu, report } from '../state/messages.ts';
import { openExampleSet, openFiles, openModel } from '../state/opening.ts';
import { task } from '../state/opening-task.ts';

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
      <FolderButton
        name={prominent ? 'Open a folder…' : 'Open folder…'}
        label="Folder to open"
        disabled={disabled}
        onHandle={async (folder) => openFiles(await filesIn(folder))}
        onFiles={(files) => openFiles(withoutHidden(pickedFiles(files)))}
      />
      <FolderButton
        name={prominent ? 'Open a checkpoint folder…' : 'Open model…'}
        label="Checkpoint folder"
        disabled={disabled}
        onHandle={(folder) => openModel({ kind: 'folder', folder })}
        onFiles={(files) => openModel({ kind: 'files', files })}
      />
    </div>
  );
}

interface FolderButtonProps {
  readonly name: string;
  /** Of the input, where there is one. */
  readonly label: string;
  readonly disabled: boolean;
  readonly onHandle: (folder: FileSystemDirectoryHandle) => Promise<void>;
  readonly onFiles: (files: readonly File[]) => Promise<void>;
}

/** By a folder picker where the browser has one: the other way asks people whether to "upload" the files. */
function FolderButton({ name, label, disabled, onHandle, onFiles }: FolderButtonProps) {
  if (!('showDirectoryPicker' in window)) {
    if (!('webkitdirectory' in HTMLInputElement.prototype)) return null;
    return (
      <FileButton label={label} folder disabled={disabled} onFiles={(files) => void onFiles(files)}>
        {name}
      </FileButton>
    );
  }
  return (
    <button type="button" disabled={disabled} onClick={() => void pickFolder(onHandle)}>
      {name}
    </button>
  );
}

async function pickFolder(take: FolderButtonProps['onHandle']): Promise<void> {
  try {
    await take(await window.showDirectoryPicker());
  } catch (error) {
    report(error); // closing the picker is an AbortError, which is not reported
  }
}
