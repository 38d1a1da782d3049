import { excerpt } from '../src/excerpt.ts';
import { ConfigFieldError, ConfigJsonError } from './errors.ts';

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
    if (!isObject(value)) throw new ConfigJsonError(file);
    return new Fields(file, '', value);
  }

  has(field: string): boolean {
    return this.values[field] !== undefined && this.values[field] !== null;
  }

  error(field: string, expected: string, actual: unknown): ConfigFieldError {
    return new ConfigFieldError(this.file, `${this.path}${field}`, expected, actual);
  }

  object(field: string, missing?: Readonly<Record<string, unknown>>): Fields {
    const value = this.get(field, missing, 'an object', isObject);
    return new Fields(this.file, `${this.path}${field}.`, value);
  }

  text(field: string, missing?: string): string {
    return this.get(field, missing, 'a string', (value) => typeof value === 'string');
  }

  flag(field: string, missing?: boolean): boolean {
    return this.get(field, missing, 'true or false', (value) => typeof value === 'boolean');
  }

  integer(field: string, missing?: number, least = 1): number {
    const check = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= least;
    return this.get(field, missing, `an integer of at least ${least}`, check);
  }

  number(field: string, missing?: number): number {
    const check = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1;
    return this.get(field, missing, 'a number between 0 and 1', check);
  }

  triple(
    field: string,
    missing: readonly number[],
    expected = 'numbers',
    fits: (value: number) => boolean = () => true,
  ): [number, number, number] {
    const check = (value: unknown): value is [number, number, number] =>
      Array.isArray(value) &&
      value.length === 3 &&
      value.every((item) => typeof item === 'number' && fits(item));
    return this.get<unknown, [number, number, number]>(field, missing, `three ${expected}`, check);
  }

  /** The engine does one thing here; the file may say so or leave it out. */
  only(field: string, value: string): void {
    this.get(field, value, excerpt(value), (actual): actual is string => actual === value);
  }

  private get<M, T>(field: string, missing: M, expected: string, fits: (value: unknown) => value is T): T {
    const value = this.has(field) ? this.values[field] : missing;
    if (!fits(value)) throw this.error(field, expected, value);
    return value;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
