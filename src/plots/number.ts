/** A number for a reader: fixed decimals, a true minus sign, and no minus before what is rounded to zero. */
export function number(value: number, decimals = 2): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
