/** Advance widths of Inter's regular face, in thousandths of its size, from U+0020 to U+007E. */
const INTER = (
  '281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566 619 620 288 302 ' +
  '662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 690 985 ' +
  '682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 612 376 528 ' +
  '327 591 562 818 546 562 552 426 333 426 662'
)
  .split(' ')
  .map(Number);

const FIRST_CODE = 32;
const OTHER_LETTER = 650;
/** Chinese, Japanese and Korean characters, which are as wide as high. */
const WIDE = /[\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\uff00-\uff60]/;
/** Width of DejaVu Sans, the widest fallback font, relative to Inter. */
const STAND_IN = { regular: 1.13, bold: 1.25 };

/** An upper bound on a text's width, in units. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const letter of text) {
    width += INTER[letter.charCodeAt(0) - FIRST_CODE] ?? (WIDE.test(letter) ? 1000 : OTHER_LETTER);
  }
  return (width * size * (bold ? STAND_IN.bold : STAND_IN.regular)) / 1000;
}

/** Wraps words into lines of at most `width` units; a longer word gets its own line. */
export function wrapText(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((word) => word !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size, bold) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** The text, truncated with an ellipsis to fit into `width` units. */
export function shorten(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && textWidth(`${letters.join('')}…`, size) > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
