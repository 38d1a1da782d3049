import { join } from 'node:path';
import type { Command } from 'commander';
import { closeRows } from '../../closing/affine-map.ts';
import type { ClosingReport } from '../../closing-data.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { checkVectors } from '../../metrics/vectors.ts';
import { methodText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { addOutOption, aloneAndOverwriting, checkOutputs, type ForceOption } from '../cli/out-option.ts';
import { Output, type Session } from '../cli/session.ts';
import { inputOf, optionalInput } from '../cli/standard-streams.ts';
import { VECTOR_FILES } from '../cli/vector-files.ts';
import { addGpuOptions, type GpuOptions, withGpu } from '../cli/with-gpu.ts';
import { type ClosingFile, closingEntry, expectSameCheckpoint, readClosingFile } from '../closing-file.ts';
import { EMBEDDING_FILES, writeEmbeddings } from '../embedding-files.ts';
import { UsageError } from '../errors.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile } from '../manifest.ts';
import { fileDigests, modelOfRows, type NpyRows, readNpyRows } from '../npy-vectors.ts';
import { knownModelName, provenanceOf } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';
import { expectOpen, sharedFingerprint } from './closing-rows.ts';

interface ApplyCommandOptions extends GpuOptions, ForceOption {
  readonly images?: string;
  readonly texts?: string;
  readonly out: string;
}

export function registerApply(program: Command, session: Session): void {
  const command = program
    .command('apply')
    .summary('close the gap of embeddings by a fitted closing')
    .description(
      'Write images.npy, texts.npy and manifest.json with the rows closed, of length 1; what is not given has no rows. ' +
        'Embeddings of a checkpoint other than the closing’s are refused.',
    )
    .argument('<closing.safetensors>', 'what close-gap fit wrote; - for stdin')
    .option('--images <file>', `images: ${VECTOR_FILES}; - for standard input`)
    .option('--texts <file>', 'texts, such as queries');
  addExamples(command, [
    ['close-gap apply gap.safetensors --images images.npy --texts texts.npy -o closed', 'both modalities'],
    ['close-gap apply gap.safetensors --texts queries.npy -o closed', 'queries alone'],
  ]);
  addOutOption(command, '<dir>', 'directory to write into; it is made where missing');
  addGpuOptions(command).action((closing: string, options: ApplyCommandOptions) =>
    applyCommand(closing, options, session),
  );
}

async function applyCommand(path: string, options: ApplyCommandOptions, session: Session): Promise<void> {
  const { io } = session;
  const output = new Output(io, options);
  const { out } = options;
  if (options.images === undefined && options.texts === undefined) {
    throw new UsageError('pass --images, --texts, or both');
  }
  await checkOutputs(out, EMBEDDING_FILES, options);
  const closing = await readClosingFile(await inputOf(path, session));
  const files = {
    images: await optionalInput(options.images, session),
    texts: await optionalInput(options.texts, session),
  };
  const images = files.images === undefined ? undefined : await readNpyRows(files.images, 'images');
  const texts = files.texts === undefined ? undefined : await readNpyRows(files.texts, 'texts');
  expectKind('images', images);
  expectKind('texts', texts);
  expectSameCheckpoint(closing, sharedFingerprint(images, texts), (message) => output.warn(message));
  const inputs = {
    ...(await fileDigests(files)),
    closing: closing.sha256,
  };
  const model = modelOfRows(images, texts);
  await withGpu(options, async (gpu) => {
    const provenance = provenanceOf(session, { gpu: gpu.info, model, inputs });
    const manifest = await writeTogether(
      out,
      async (write) => {
        const closed = {
          images: await closedRows(gpu, closing, 'images', images),
          texts: await closedRows(gpu, closing, 'texts', texts),
        };
        return writeEmbeddings(write, closed, {
          ...manifestOf(closing, images, texts, gpu.info.description),
          provenance,
        });
      },
      aloneAndOverwriting(options),
    );
    report(out, closing, manifest, output);
  });
}

/** @throws {UsageError} for texts in the place of images @throws {AlreadyClosedError} */
function expectKind(kind: RowsFile, of: NpyRows | undefined): void {
  if (!of) return;
  expectOpen(of);
  if (of.origin && of.origin.kind !== kind) {
    throw new UsageError(
      `--${kind} ${of.path}: the manifest beside it says that it has the ${of.origin.kind}`,
    );
  }
}

/** Without ids of a manifest, rows are named by their place. */
async function closedRows(
  gpu: Gpu,
  { maps }: ClosingFile,
  kind: RowsFile,
  of: NpyRows | undefined,
): Promise<Embeddings> {
  if (!of) return { data: new Float32Array(), rows: 0, dim: maps[kind].outDim, ids: [] };
  checkVectors('closing', of.path, of.rows);
  const ids = of.rows.ids ?? rowNumbers(of);
  return { ...(await closeRows(gpu, of.path, maps[kind], of.rows)), ids };
}

function rowNumbers(of: NpyRows | undefined): string[] {
  return Array.from({ length: of?.rows.rows ?? 0 }, (_, row) => String(row));
}

/** What the manifests beside the rows say; with the adapter that closed them where there is none. */
function manifestOf(
  closing: ClosingFile,
  images: NpyRows | undefined,
  texts: NpyRows | undefined,
  adapter: string,
): Manifest {
  const [ofImages, ofTexts] = [images?.origin, texts?.origin];
  const { report } = closing;
  const {
    stamps: _,
    files: __,
    logitScale: ___,
    model,
    pairs,
    ...known
  } = (ofImages ?? ofTexts)?.manifest ?? UNKNOWN;
  const together = ofImages !== undefined && ofImages.file === ofTexts?.file;
  return {
    adapter,
    model: knownModelName(model),
    ...known,
    logitScale: report.logitScale,
    closing: closingEntry(closing),
    ...(together ? { pairs } : {}),
    images: ofImages ? ofImages.manifest.images : rowNumbers(images).map((id) => ({ id, path: '' })),
    texts: ofTexts ? ofTexts.manifest.texts : rowNumbers(texts).map((id) => ({ id, caption: '' })),
    skipped: known.skipped,
  };
}

const UNKNOWN: Omit<Manifest, 'adapter'> = {
  model: 'unknown',
  dtype: 'f32',
  images: [],
  texts: [],
  skipped: [],
};

function report(out: string, { file, report }: ClosingFile, manifest: Manifest, output: Output): void {
  const rows = (kind: RowsFile) => ({ file: join(out, `${kind}.npy`), rows: manifest[kind].length });
  const files = { images: rows('images'), texts: rows('texts') };
  output.result(
    {
      out,
      ...files,
      dim: report.outDim,
      manifest: join(out, MANIFEST_FILE),
      closing: manifest.closing,
      provenance: manifest.provenance,
      logitScale: manifest.logitScale ?? null,
    },
    [
      ...Object.entries(files).map(
        ([kind, { file, rows }]) => `${kind.padEnd(8)}${rows} x ${report.outDim}  ${file}`,
      ),
      `closed by ${closedBy(report)}, ${file}`,
    ].join('\n'),
  );
}

function closedBy(report: ClosingReport): string {
  const { logitScale } = report;
  const scale = logitScale === undefined ? '' : `, logit scale ${Number(logitScale.toPrecision(4))}`;
  return `${methodText(report)}${scale}`;
}
