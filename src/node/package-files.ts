/** URL of the built library, for processes whose start-up is measured. */
export const BUILT_ENTRY = packageFile('dist/node/index.js').href;

export const PACKAGE_JSON = packageFile('package.json');

/** The example pictures and their captions. */
export const EXAMPLES = packageFile('examples/biomed/');

/** The source and the built file both lie two levels below the package. */
function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
