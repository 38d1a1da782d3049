import { shown as number } from '../parts/number.ts';
import { figuresBefore, figuresNow } from '../state/measures.ts';
import { session } from '../state/session.ts';
import { FIGURE_ROWS, figure, titleOf } from './figure-rows.ts';

const NEEDS_LABELS: readonly string[] = ['meanAveragePrecision', 'clusters.adjustedRand'];

/** The measures as embedded, and as the pairs are shown. */
export function FiguresTable() {
  const [before, now] = [figuresBefore.value, figuresNow.value];
  const hasLabels = session.vectors.value?.labels !== undefined;
  const floor = (now ?? before)?.floor;
  return (
    <table class="figures-table">
      <caption class="only-heard">Measures as embedded and as shown</caption>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col" class="number">
            as embedded
          </th>
          <th scope="col" class="number">
            as shown
          </th>
        </tr>
      </thead>
      <tbody>
        {FIGURE_ROWS.filter(({ name }) => hasLabels || !NEEDS_LABELS.includes(name)).map((measure) => (
          <tr key={measure.name}>
            <th scope="row" title={measure.meaning}>
              {titleOf(measure)}
              {measure.name === 'distributionGap' && (
                <span class="meaning">so few pairs leave {number(floor, 3)} by chance</span>
              )}
            </th>
            <td class="number">{figure(measure, before?.values[measure.name])}</td>
            <td class="number">
              <strong>{figure(measure, (now ?? before)?.values[measure.name])}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
