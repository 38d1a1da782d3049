import { fileURLToPath } from 'node:url';

/** URL of the built library, for processes whose start-up is measured. */
export const BUILT_ENTRY = packageFile('dist/node/index.js').href;

export const PACKAGE_JSON = packageFile('package.json');

/** The example pictures and their captions. */
export const EXAMPLES = packageFile('examples/biomed/');

/** Inter, regular and semibold (SIL Open Font Licence): it comes with the package, so that machines without fonts show text. */
export const INTER: readonly string[] = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((file) =>
  fileURLToPath(packageFile(`fonts/${file}`)),
);

/** Their Latin part for SVG files that bring their font, regular and semibold. */
export const INTER_LATIN: readonly string[] = [
  'Inter_Latin_400Regular.woff2',
  'Inter_Latin_600SemiBold.woff2',
].map((file) => fileURLToPath(packageFile(`fonts/${file}`)));

/** The source and the built file both lie two levels below the package. */
function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
