/** How something is written in a link. Reads undefined from what says nothing, writes undefined for what is left out. */
export interface Codec<T> {
  read(text: string): T | undefined;
  write(value: T): string | undefined;
}

export function oneOf<T extends string>(...options: readonly T[]): Codec<T> {
  return { read: (text) => options.find((option) => option === text), write: (value) => value };
}

export const onOrOff: Codec<boolean> = {
  read: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
  write: (value) => (value ? 'on' : 'off'),
};

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Codec<number> {
  return {
    read: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least ? Number(text) : undefined),
    write: String,
  };
}

/** A number in a range that may depend on what is open; undefined for what the page chooses itself. */
export function numberIn(
  range: () => { readonly min: number; readonly max: number },
): Codec<number | undefined> {
  return {
    read: (text) => {
      const value = decimal(text);
      const { min, max } = range();
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
    write: (value) => value?.toString(),
  };
}

/** Two shares of 0 to 1, such as 0.5_0.25; undefined where there are none. */
export const twoShares: Codec<readonly [number, number] | undefined> = {
  read: (text) => {
    const [a, b, ...more] = text.split('_').map(decimal);
    const isShare = (value: number | undefined) => value !== undefined && value >= 0 && value <= 1;
    return more.length === 0 && isShare(a) && isShare(b) ? [a ?? 0, b ?? 0] : undefined;
  },
  write: (shares) => shares?.join('_'),
};

function decimal(text: string): number | undefined {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
