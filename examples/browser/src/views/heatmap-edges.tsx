import { type HeatmapView, shareOf } from '../draw/heatmap-view.ts';

interface HeatmapEdgesProps {
  readonly view: HeatmapView;
  readonly side: number;
}

/** Which rows and columns are images and which are texts, along what is seen of each. */
export function HeatmapEdges({ view, side }: HeatmapEdgesProps) {
  return (['top', 'left'] as const).flatMap((edge) =>
    (['images', 'texts'] as const).flatMap((kind) => {
      const { from, to } = shareOf(kind, view, edge === 'top' ? view.left : view.top, side);
      if (to <= from) return [];
      const place = { '--from': from, '--length': to - from };
      return [
        <span key={`${edge} ${kind}`} class={`edge ${edge}`} style={place}>
          {kind}
        </span>,
      ];
    }),
  );
}
