import { shown as number } from '../parts/number.ts';

interface LossCurveProps {
  readonly losses: readonly number[];
  /** To the right end; 0 while it is not known. */
  readonly steps: number;
}

const [WIDTH, HEIGHT] = [300, 100];

/** The loss of each step, from the lowest to the highest. */
export function LossCurve({ losses, steps }: LossCurveProps) {
  const [lowest, highest] = [Math.min(...losses), Math.max(...losses)];
  const range = highest - lowest || 1;
  const points = losses.map((loss, i) => {
    const x = (i / Math.max(1, steps - 1)) * WIDTH;
    return `${x.toFixed(1)},${((HEIGHT * (highest - loss)) / range).toFixed(1)}`;
  });
  return (
    <figure class="loss-curve">
      <span class="axis" aria-hidden="true">
        <span>{losses.length > 0 ? number(highest) : ''}</span>
        <span>{losses.length > 0 ? number(lowest) : ''}</span>
      </span>
      <svg
        role="img"
        aria-label={name(losses)}
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
        preserveAspectRatio="none"
      >
        <polyline points={points.join(' ')} vector-effect="non-scaling-stroke" />
      </svg>
      <figcaption>
        <span>loss by step</span>
        <span>{steps > 0 ? steps : ''}</span>
      </figcaption>
    </figure>
  );
}

function name(losses: readonly number[]): string {
  if (losses.length === 0) return 'Loss curve: no step yet';
  return `Loss curve: ${number(losses[0], 3)} at step 1, ${number(losses.at(-1), 3)} at step ${losses.length}`;
}
