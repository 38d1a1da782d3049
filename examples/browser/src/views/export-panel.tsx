import { download } from '../export/download.ts';
import { heatmapPicture, mapPicture } from '../export/pictures.ts';
import { svgToPng } from '../export/svg-to-png.ts';
import { allRecords, asCsv, asJson, selectedRecords } from '../export/tables.ts';
import { Panel } from '../parts/panel.tsx';
import { cosines } from '../state/heatmap.ts';
import { mapStep } from '../state/map.ts';
import { report } from '../state/messages.ts';
import { selection } from '../state/selection.ts';

const svg = (text: string) => new Blob([text], { type: 'image/svg+xml' });

export function ExportPanel() {
  const hasMap = mapStep.value !== undefined;
  const hasSelection = selection.value.points.size > 0;
  return (
    <Panel id="export" title="Export">
      <div class="export-rows">
        <ExportRow
          title="Map"
          ready={hasMap}
          files={{
            'map.svg': async () => svg(mapPicture()),
            'map.png': () => svgToPng(mapPicture()),
            'coordinates.csv': async () => asCsv(allRecords()),
          }}
        />
        <ExportRow
          title="Heatmap"
          ready={cosines.value !== undefined}
          files={{
            'heatmap.svg': async () => svg(await heatmapPicture()),
            'heatmap.png': async () => svgToPng(await heatmapPicture()),
          }}
        />
        <ExportRow
          title="Selection"
          ready={hasSelection}
          files={{
            'selection.csv': async () => asCsv(selectedRecords()),
            'selection.json': async () => asJson(selectedRecords()),
          }}
        />
      </div>
    </Panel>
  );
}

interface ExportRowProps {
  readonly title: string;
  readonly ready: boolean;
  /** How to make each file. */
  readonly files: Readonly<Record<string, () => Promise<Blob>>>;
}

function ExportRow({ title, ready, files }: ExportRowProps) {
  return (
    <div class="row">
      <span class="export-title">{title}</span>
      {Object.entries(files).map(([name, make]) => (
        <button
          key={name}
          type="button"
          disabled={!ready}
          onClick={() => {
            make()
              .then((file) => download(name, file))
              .catch(report);
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
