/** A number for a reader: a true minus sign, and no minus before what is rounded to zero. */
export function shown(value: number | undefined, decimals = 2): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export function percent(value: number | undefined, decimals = 0): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return `${(100 * value).toFixed(decimals)} %`;
}

/** `1 pair`, `89 pairs` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
