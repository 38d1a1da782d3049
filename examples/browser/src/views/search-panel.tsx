import { useSignal } from '@preact/signals';
import { IMAGE_ACCEPT } from '../data/image-files.ts';
import { EMBEDDED } from '../engine/space.ts';
import { FileButton } from '../parts/file-button.tsx';
import { Panel } from '../parts/panel.tsx';
import { openModel } from '../state/opening.ts';
import { clearSearch, found, query, queryPlace, search, searchTrouble } from '../state/search.ts';
import { session } from '../state/session.ts';
import { NeighbourLists } from './neighbour-lists.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** Search by a new text or image, embedded on the spot. */
export function SearchPanel() {
  return (
    <Panel id="search" title="Search by text or image">
      {session.takesQueries.value ? <Search /> : <NoQueries />}
    </Panel>
  );
}

/** New texts can be compared with embeddings of the same model alone. */
function NoQueries() {
  const { name, fingerprint } = session.space.value ?? {};
  return (
    <>
      <p class="hint">
        {fingerprint === undefined
          ? 'The file of these embeddings does not say which model made them, or their gap was closed: nothing new can be compared with them.'
          : `A new text or image has to be embedded by the model that made these embeddings, ${name ?? 'which their file does not name'}. ${name === EMBEDDED ? '' : 'Open its checkpoint folder by “Open model…” above.'}`}
      </p>
      {name === EMBEDDED && (
        <div class="row">
          <button type="button" onClick={() => void openModel({ kind: 'embedded' })}>
            Load that model
          </button>
        </div>
      )}
    </>
  );
}

function Search() {
  const text = useSignal('');
  return (
    <>
      <form
        class="row search-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.value.trim()) void search({ kind: 'text', text: text.value.trim() });
        }}
      >
        <label class="only-heard" for="search-text">
          Text to search by
        </label>
        <input
          id="search-text"
          type="search"
          placeholder="e.g. X-ray of a hand"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <button type="submit" class="primary">
          Search
        </button>
        <FileButton
          label="Image to search by"
          accept={IMAGE_ACCEPT}
          onFiles={([image]) => image && void byImage(image)}
        >
          By image…
        </FileButton>
      </form>
      <TroubleNote of={searchTrouble} />
      <SearchResults />
    </>
  );
}

function byImage(image: File): Promise<void> {
  return search({ kind: 'image', image, name: image.name });
}

function SearchResults() {
  if (query.pending) return <p class="hint">Searching …</p>;
  if (!query.value)
    return <p class="hint">A new text or image is embedded here and compared with everything.</p>;
  return (
    <>
      <div class="row search-head">
        <p>
          Nearest to <strong>“{query.value.name}”</strong>
          {queryPlace() && <span class="query-mark"> – in the map</span>}
        </p>
        <button type="button" onClick={clearSearch}>
          Clear
        </button>
      </div>
      {found.value && <NeighbourLists found={found.value} names={{ images: 'Images', texts: 'Texts' }} />}
    </>
  );
}
