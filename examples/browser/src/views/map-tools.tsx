import { type MapTool, mapTool, takeTool } from '../state/map-look.ts';

const TOOLS: readonly (readonly [tool: MapTool, name: string])[] = [
  ['pan', 'Pan'],
  ['lasso', 'Lasso'],
  ['box', 'Box'],
];

/** What dragging does in the map. */
export function MapTools() {
  return (
    <>
      {TOOLS.map(([tool, name]) => (
        <button key={tool} type="button" aria-pressed={mapTool.value === tool} onClick={() => takeTool(tool)}>
          {name}
        </button>
      ))}
    </>
  );
}
