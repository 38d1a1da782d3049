import { isJsonObject } from '../src/arguments.ts';
import { ConfigFieldError, ConfigJsonError } from './errors.ts';

/** The smallest normal f32. */
export const LEAST_F32 = 2 ** -126;

/** A JSON object of a configuration, with typed access and errors that name the path. */
export class Fields {
  private constructor(
    readonly file: string,
    private readonly path: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  static parse(file: string, json: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (cause) {
      throw new ConfigJsonError(file, { cause });
    }
    if (!isJsonObject(value)) throw new ConfigJsonError(file);
    return new Fields(file, '', value);
  }

  has(field: string): boolean {
    return this.values[field] !== undefined && this.values[field] !== null;
  }

  /** The field's value in the file; undefined if absent. */
  value(field: string): unknown {
    return this.values[field];
  }

  /** The paths of the fields not in the list. */
  unknown(known: readonly string[]): string[] {
    const strange = Object.keys(this.values).filter((field) => !known.includes(field));
    return strange.map((field) => `${this.path}${field}`);
  }

  /** @param meaning what open_clip does for this value, if it differs from this engine */
  error(field: string, expected: string, actual: unknown, meaning?: string): ConfigFieldError {
    return new ConfigFieldError(this.file, `${this.path}${field}`, expected, actual, meaning);
  }

  object(field: string, missing?: Readonly<Record<string, unknown>>): Fields {
    const value = this.get(field, missing, 'an object', isJsonObject);
    return new Fields(this.file, `${this.path}${field}.`, value);
  }

  text(field: string, missing?: string): string {
    return this.get(field, missing, 'a string', (value) => typeof value === 'string');
  }

  flag(field: string, missing?: boolean): boolean {
    return this.get(field, missing, 'true or false', (value) => typeof value === 'boolean');
  }

  integer(field: string, missing?: number, least = 1, most = Number.MAX_SAFE_INTEGER): number {
    const check = (value: unknown): value is number =>
      Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `of ${least} to ${most}`;
    return this.get(field, missing, `an integer ${range}`, check);
  }

  /** A number in f32: values that become 0 or subnormal, which GPUs may flush to 0, are out of range too. */
  fraction(field: string, missing?: number): number {
    const check = (value: unknown): value is number =>
      typeof value === 'number' && Math.fround(value) >= LEAST_F32 && value < 1;
    return this.get(field, missing, `a number of ${LEAST_F32.toPrecision(2)} to 1`, check);
  }

  /** A number above 0. */
  positive(field: string, missing?: number): number {
    const check = (value: unknown): value is number =>
      typeof value === 'number' && value > 0 && Number.isFinite(value);
    return this.get(field, missing, 'a positive number', check);
  }

  /** Three numbers, or one that stands for all, but 0, which open_clip takes for absent. */
  triple(
    field: string,
    missing: readonly number[],
    expected: string,
    fits: (value: number) => boolean,
  ): [number, number, number] {
    const check = (value: unknown): value is [number, number, number] =>
      Array.isArray(value) &&
      value.length === 3 &&
      value.every((item) => typeof item === 'number' && fits(item));
    const one = this.values[field];
    if (typeof one === 'number' && one !== 0 && fits(one)) return [one, one, one];
    return this.get<unknown, [number, number, number]>(field, missing, `three ${expected}`, check);
  }

  private get<M, T>(field: string, missing: M, expected: string, fits: (value: unknown) => value is T): T {
    const value = this.has(field) ? this.values[field] : missing;
    if (!fits(value)) throw this.error(field, expected, value);
    return value;
  }
}
