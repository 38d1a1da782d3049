import { SAVED_ACCEPT } from '../data/saved-files.ts';
import type { ComparedStatistic } from '../engine/types.ts';
import { comparisonCsv, comparisonJson } from '../export/comparison.ts';
import { download } from '../export/download.ts';
import { FileButton } from '../parts/file-button.tsx';
import { counted, shown } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { Segments } from '../parts/segments.tsx';
import { following } from '../state/closing.ts';
import {
  asideTrouble,
  type Compared,
  compare,
  compared,
  compareTrouble,
  endComparison,
  isSameSide,
  keepAsA,
  keptSide,
  nameB,
  openAsA,
  sideA,
} from '../state/compare.ts';
import { openInHalf } from '../state/opening.ts';
import { task } from '../state/opening-task.ts';
import { session } from '../state/session.ts';
import { ComparedMaps } from './compared-maps.tsx';
import { ComparedTable } from './compared-table.tsx';
import { GAP_ROWS } from './gap-rows.ts';
import { TroubleNote } from './trouble-note.tsx';

/** Two embeddings of the same pairs side by side: two models, two precisions, before and after a closing. */
export function ComparePanel() {
  const found = compared.value;
  return (
    <Panel
      id="compare"
      title="Compare"
      hint="A beside B over the same pairs, which are matched by the names of their images. B is what is shown: close the gap, or open another model, and compare it with what was there before."
      tools={
        found && (
          <>
            <button
              type="button"
              aria-label="Comparison as CSV"
              onClick={() => download('comparison.csv', comparisonCsv(found))}
            >
              CSV
            </button>
            <button
              type="button"
              aria-label="Comparison as JSON"
              onClick={() => download('comparison.json', comparisonJson(found))}
            >
              JSON
            </button>
            <button type="button" onClick={endComparison}>
              Close
            </button>
          </>
        )
      }
    >
      <Sides />
      <TroubleNote of={asideTrouble} />
      <TroubleNote of={compareTrouble} />
      {compared.pending && <p class="hint">Comparing…</p>}
      {found && <Result found={found} />}
    </Panel>
  );
}

function Sides() {
  const model = session.model.value;
  const canHalve = model && session.takesQueries.value && session.inputs.value.every(({ image }) => image);
  return (
    <div class="compare-sides">
      <Segments
        legend="A"
        value={sideA.value}
        options={[
          ['embedded', 'as embedded'],
          ['kept', keptSide.value ? `set aside: ${keptSide.value.name}` : 'nothing set aside'],
        ]}
        disabled={keptSide.value ? [] : ['kept']}
        onChange={(side) => {
          sideA.value = side;
          endComparison();
        }}
      />
      <p>
        <span class="muted">B</span> {nameB.value}
      </p>
      <div class="row">
        <button
          type="button"
          class="primary"
          disabled={isSameSide.value || compared.pending || following.value}
          onClick={() => void compare()}
        >
          Compare
        </button>
        <button type="button" disabled={following.value} onClick={() => void keepAsA()}>
          Set B aside as A
        </button>
        <FileButton
          label="Embeddings to compare with"
          accept={SAVED_ACCEPT}
          multiple
          onFiles={(files) => void openAsA(files)}
        >
          A from a file…
        </FileButton>
        {canHalve && model.info.dtype === 'f32' && (
          <button type="button" disabled={task.value !== undefined} onClick={() => void openInHalf()}>
            Embed in f16
          </button>
        )}
      </div>
      {isSameSide.value && !compared.value && (
        <p class="hint">
          A and B are the same now: close the gap, set B aside and open another model, or take A from a file.
        </p>
      )}
    </div>
  );
}

function Result({ found }: { readonly found: Compared }) {
  const { pairs, leftOut } = found;
  const lost = [
    ...(leftOut.open > 0 ? [`${counted(leftOut.open, 'open pair')} not in A`] : []),
    ...(leftOut.a > 0 ? [`${counted(leftOut.a, 'pair')} of A not open`] : []),
  ];
  return (
    <>
      <p class="hint">
        {counted(pairs.length, 'pair')}
        {lost.length > 0 && `; left out: ${lost.join(', ')}`}.
      </p>
      <div class="compared">
        <ComparedMaps found={found} />
        <Statistics found={found} />
      </div>
      <ComparedTable found={found} />
    </>
  );
}

/** Those that the gap's own table has, and what search makes of it; the others are a press away. */
const FIRST = new Set<string>([
  ...GAP_ROWS.map(({ name }) => name),
  ...['imageToText', 'textToImage'].flatMap((way) => [
    `retrieval.${way}.recallAt1`,
    `retrieval.${way}.recallAt10`,
  ]),
]);

function Statistics({ found }: { readonly found: Compared }) {
  const isFirst = ({ name }: ComparedStatistic) => FIRST.has(name);
  return (
    <div>
      <StatisticsTable label="Statistics of A and B" statistics={found.statistics.filter(isFirst)} />
      <details>
        <summary>All statistics</summary>
        <StatisticsTable
          label="Further statistics of A and B"
          statistics={found.statistics.filter((statistic) => !isFirst(statistic))}
        />
      </details>
    </div>
  );
}

interface StatisticsTableProps {
  readonly label: string;
  readonly statistics: readonly ComparedStatistic[];
}

function StatisticsTable({ label, statistics }: StatisticsTableProps) {
  return (
    <div class="scroll">
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Statistic</th>
            <th scope="col" class="number">
              A
            </th>
            <th scope="col" class="number">
              B
            </th>
            <th scope="col" class="number">
              B − A
            </th>
          </tr>
        </thead>
        <tbody>
          {statistics.map(({ name, title, first, second, difference, low, high }) => (
            <tr key={name}>
              <th scope="row">{title}</th>
              <td class="number">{shown(first, 3)}</td>
              <td class="number">{shown(second, 3)}</td>
              <td class="number">
                <strong>{shown(difference, 3)}</strong>
                {Number.isFinite(low) && (
                  <span class="interval">
                    [{shown(low, 3)}, {shown(high, 3)}]
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
