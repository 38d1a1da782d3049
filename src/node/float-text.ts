/** The shortest text that reads back as the same f32. */
export function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = value.toPrecision(digits);
    if (Math.fround(Number(short)) === value) return String(Number(short));
  }
  return String(Number(value.toPrecision(9)));
}
