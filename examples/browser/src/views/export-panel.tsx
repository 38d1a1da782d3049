import { download } from '../export/download.ts';
import { cosinesCsv, cosinesNpy, gapJson, gapTable } from '../export/measures.ts';
import { heatmapPicture, mapPicture } from '../export/pictures.ts';
import { svgToPng } from '../export/svg-to-png.ts';
import { allRecords, asCsv, asJson, selectedRecords } from '../export/tables.ts';
import { Panel } from '../parts/panel.tsx';
import { cosines } from '../state/heatmap.ts';
import { mapPicture as shownMap } from '../state/map-layout.ts';
import { gap } from '../state/measures.ts';
import { embeddings, exportTrouble } from '../state/saving.ts';
import { selectedPoints } from '../state/selection.ts';
import { shownName } from '../state/session.ts';
import { TroubleNote } from './trouble-note.tsx';

const svg = (text: string) => new Blob([text], { type: 'image/svg+xml' });

export function ExportPanel() {
  const hasMap = shownMap.value !== undefined;
  const how = heatmapHow();
  const hasSelection = selectedPoints.value.size > 0;
  return (
    <Panel id="export" title="Export">
      <TroubleNote of={exportTrouble} />
      <div class="export-rows">
        <ExportRow
          title="Map"
          ready={hasMap}
          files={[
            ['SVG', 'map.svg', async () => svg(mapPicture())],
            ['PNG', 'map.png', () => svgToPng(mapPicture())],
            ['CSV', 'coordinates.csv', async () => asCsv(allRecords())],
          ]}
        />
        <ExportRow
          title="Heatmap"
          ready={cosines.value !== undefined}
          files={[
            ['SVG', `heatmap${how}.svg`, async () => svg(await heatmapPicture())],
            ['PNG', `heatmap${how}.png`, async () => svgToPng(await heatmapPicture())],
          ]}
        />
        <ExportRow
          title="Cosines"
          ready={cosines.value !== undefined}
          files={[
            ['CSV', `cosines${how}.csv`, async () => cosinesCsv()],
            ['NPY', `cosines${how}.npy`, async () => cosinesNpy()],
          ]}
        />
        <ExportRow
          title="Gap"
          ready={gap.value !== undefined}
          files={[
            ['CSV', 'gap.csv', async () => gapTable()],
            ['JSON', 'gap.json', async () => gapJson()],
          ]}
        />
        <ExportRow
          title="Embeddings"
          ready={true}
          files={[
            ['NPZ', 'embeddings.npz', () => embeddings('npz', false)],
            ['Parquet', 'embeddings.parquet', () => embeddings('parquet', false)],
          ]}
        />
        {shownName.value !== undefined && (
          <ExportRow
            title="As shown"
            ready={true}
            files={[
              ['NPZ', 'embeddings-closed.npz', () => embeddings('npz', true)],
              ['Parquet', 'embeddings-closed.parquet', () => embeddings('parquet', true)],
            ]}
          />
        )}
        <ExportRow
          title="Selection"
          ready={hasSelection}
          files={[
            ['CSV', 'selection.csv', async () => asCsv(selectedRecords())],
            ['JSON', 'selection.json', async () => asJson(selectedRecords())],
          ]}
        />
      </div>
    </Panel>
  );
}

/** How the heatmap is shown, in the names of its files: nothing for all pairs as embedded, in the order of the file. */
function heatmapHow(): string {
  const { order, isSelection, shownName: closed } = cosines.value ?? {};
  const by = order === undefined || order === 'file' ? '' : `-by-${order}`;
  return `${isSelection ? '-selection' : ''}${by}${closed === undefined ? '' : '-closed'}`;
}

interface ExportRowProps {
  readonly title: string;
  readonly ready: boolean;
  readonly files: readonly (readonly [kind: string, name: string, make: () => Promise<Blob>])[];
}

function ExportRow({ title, ready, files }: ExportRowProps) {
  return (
    <div class="row">
      <span class="export-title">{title}</span>
      {files.map(([kind, name, make]) => (
        <button
          key={name}
          type="button"
          disabled={!ready}
          aria-label={`${title} as ${kind}`}
          title={name}
          onClick={() => void exportTrouble.attempt(async () => download(name, await make()))}
        >
          {kind}
        </button>
      ))}
    </div>
  );
}
