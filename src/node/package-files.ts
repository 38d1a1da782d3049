import { fileURLToPath } from 'node:url';

/** URL of the built library, for processes whose start-up is measured. */
export const BUILT_ENTRY = packageFile('dist/node/index.js').href;

export const PACKAGE_JSON = packageFile('package.json');

/** The example pictures and their captions. */
export const EXAMPLES = packageFile('examples/biomed/');

/** The recipes of public sets, for `evaluate`. */
export const RECIPES = fileURLToPath(packageFile('recipes/'));

/** Inter, regular and semibold (SIL Open Font Licence): it comes with the package, so that machines without fonts show text. */
export const INTER: readonly string[] = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((file) =>
  fileURLToPath(packageFile(`fonts/${file}`)),
);

/** The Vulkan loader in an archive for machines without a network; not in the package on npm. */
export const CARRIED_LOADER = fileURLToPath(packageFile('lib/libvulkan.so.1'));

/** A part of Inter for web pages, regular and semibold. */
export function interSubset(name: string): { readonly weight: number; readonly file: string }[] {
  return [
    { weight: 400, style: '400Regular' },
    { weight: 600, style: '600SemiBold' },
  ].map(({ weight, style }) => ({
    weight,
    file: fileURLToPath(packageFile(`fonts/Inter_${name}_${style}.woff2`)),
  }));
}

/** The source and the built file both lie two levels below the package. */
function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
