import type { BiomedClip } from '../../api.ts';
import { hubName } from '../../hub/name.ts';
import type { Session } from '../cli/session.ts';
import type { ModelOptions } from '../cli/with-model.ts';
import { DTYPES } from '../cli/with-model.ts';
import type { DescribedRows } from '../embedded-rows.ts';
import { DifferentCheckpointsError, ManifestError, UsageError } from '../errors.ts';

/** What must be loaded to embed queries as the rows were. */
export interface QueryModel extends ModelOptions {
  readonly fingerprint: string;
}

/**
 * The model that made rows: `--model`, else the one that their manifest names, if it is the embedded one or the hub's.
 * @throws {UsageError} for a model that cannot be found by its name
 * @throws {ManifestError} of an earlier version, which does not say what the model was
 */
export async function modelOf(
  { path, manifest }: DescribedRows,
  options: ModelOptions,
  session: Session,
): Promise<QueryModel> {
  const { fingerprint, dtype, provenance } = manifest;
  if (fingerprint === undefined)
    throw new ManifestError(path, 'its manifest does not say of which checkpoint it is');
  const model = options.model ?? (await sourceOf(manifest.model, provenance?.model?.revision, session));
  if (model === undefined) {
    throw new UsageError(`${path} is of the model "${manifest.model}"; say by --model where it lies`);
  }
  return { ...options, model, dtype: options.dtype ?? DTYPES.find((known) => known === dtype), fingerprint };
}

/** Where a model that rows name can be loaded from; undefined where only a user knows. */
export async function sourceOf(
  name: string,
  revision: string | undefined,
  session: Session,
): Promise<string | undefined> {
  if (name === 'embedded') return session.defaultModel();
  if (/^https?:/i.test(name) || !hubName(name)) return undefined; // a manifest from elsewhere makes no requests
  return revision === undefined || name.includes('@') ? name : `${name}@${revision}`;
}

/** @throws {DifferentCheckpointsError} */
export function expectModelOfRows(
  { path }: DescribedRows,
  { fingerprint }: QueryModel,
  { info }: BiomedClip,
): void {
  if (info.fingerprint !== fingerprint) {
    throw new DifferentCheckpointsError(path, fingerprint, `the model ${info.name}`, info.fingerprint);
  }
}
