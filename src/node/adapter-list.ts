import { AdapterIndexError, SameNameAdapterError } from '../device/errors.ts';

/** An adapter, in the order of its index. */
export interface ListedAdapter {
  /** As Dawn names it. */
  readonly name: string;
  /** The manifest of its Vulkan driver; undefined where drivers are not found by such files. */
  readonly icd: string | undefined;
}

/** How `--adapter-index 1` is passed on as an adapter: `#1`. */
export function adapterIndex(adapter: string | undefined): number | undefined {
  const [, digits] = /^#(\d+)$/.exec(adapter ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The value of the option `adapter` for an index. */
export function adapterOfIndex(index: number): string {
  return `#${index}`;
}

/** A name that no adapter has. */
const NO_ADAPTER = 'no adapter has this name';

/**
 * The names of all adapters of an instance. Dawn's binding lists them only in the message by which it refuses a name that
 * none has.
 * @param open an instance that takes the adapter of that name
 */
export async function adapterNames(open: (name: string) => GPU): Promise<string[]> {
  try {
    await open(NO_ADAPTER).requestAdapter({ powerPreference: 'high-performance' });
    return []; // null: there is none at all
  } catch (error) {
    return [...String(error).matchAll(/^ \* backend: '.*', name: '(.*)'$/gm)].map(([, name = '']) => name);
  }
}

/**
 * The adapter of an index, if Dawn takes it when it is asked for by name: the first whose name contains what is asked for.
 * @throws {AdapterIndexError} @throws {SameNameAdapterError}
 */
export function adapterAt(adapters: readonly ListedAdapter[], index: number): ListedAdapter {
  const adapter = adapters[index];
  if (!adapter) {
    throw new AdapterIndexError(
      index,
      adapters.map(({ name }) => name),
    );
  }
  const first = adapters.findIndex(({ name, icd }) => icd === adapter.icd && name.includes(adapter.name));
  if (first !== index) throw new SameNameAdapterError(index, adapter.name, first);
  return adapter;
}
