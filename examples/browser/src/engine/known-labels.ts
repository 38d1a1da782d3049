/**
 * The labels, if they say anything: of two classes at least, and with two pairs a class on average. Otherwise they are the
 * images' names, or all the same.
 */
export function knownLabels(labels: readonly string[]): readonly string[] | undefined {
  const classes = new Set(labels).size;
  return classes >= 2 && classes <= labels.length / 2 ? labels : undefined;
}
