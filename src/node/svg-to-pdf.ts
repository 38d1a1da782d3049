import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import SVGtoPDF from 'svg-to-pdfkit';
import { FIGURE_WIDTH, type Figure } from '../plots/chart.ts';
import { beyondInter } from './inter.ts';
import { INTER } from './package-files.ts';
import { dateOf } from './provenance.ts';
import { withOutlines } from './svg-to-png.ts';

/** A unit of a figure is a CSS pixel, 96 an inch; PDF counts 72. */
const POINTS = 72 / 96;

/**
 * A painted figure as a PDF of one page in the figure's size. Its text stays text, in the letters of Inter that it needs;
 * with characters that Inter lacks, all of it is drawn as outlines by the fonts of the system.
 * @throws {NativePackageError} where outlines are needed
 */
export async function svgToPdf(
  svg: string,
  { title, subtitle, height, width = FIGURE_WIDTH }: Omit<Figure, 'svg'>,
): Promise<Uint8Array> {
  const drawn = (await beyondInter(svg)).length > 0 ? await withOutlines(svg) : svg;
  const page = { width: width * POINTS, height: height * POINTS };
  const [regular, semibold] = INTER;
  const doc = new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    pdfVersion: '1.7',
    font: regular,
    lang: 'en',
    displayTitle: true,
    info: {
      ...{ Title: title, Subject: subtitle, Creator: 'biomedclip-webgpu' },
      CreationDate: new Date(dateOf({ started: new Date() })), // the file's identifier is made of it, too
    },
  });
  const bytes = buffer(doc);
  SVGtoPDF(doc as unknown as typeof PDFDocument, drawn, 0, 0, {
    ...page, // its types ask for the class where it takes a document
    fontCallback: (_family, bold) => (bold ? semibold : regular) ?? '',
  });
  doc.end();
  return new Uint8Array(await bytes);
}
