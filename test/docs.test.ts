import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CodeBlock, codeBlocks } from '../docs/site/code-blocks.ts';
import { commandsPage, wholeProgram } from '../docs/site/commands.ts';
import { diagram } from '../docs/site/diagrams.ts';
import { ADVICE, SUBJECTS } from '../docs/site/error-advice.ts';
import { errorClasses } from '../docs/site/errors.ts';
import { plannedMemory } from '../docs/site/memory.ts';
import { defaultOf, libraryOptions } from '../docs/site/options.ts';
import { citationsIn, REFERENCES } from '../docs/site/references.ts';
import { ROOT } from '../docs/site/sources.ts';
import { statisticsPage } from '../docs/site/statistics.ts';
import * as library from '../src/index.ts';
import { GAP_STATISTICS, QUALITY_MEASURES } from '../src/index.ts';

describe('the page of errors', () => {
  const classes = errorClasses();

  test('says what to do about every class, and knows none that is gone', () => {
    const names = classes.map(({ name }) => name);
    expect(Object.keys(ADVICE).sort(), 'docs/site/error-advice.ts').toEqual([...names].sort());
  });

  test('has a heading for every file that declares some', () => {
    const files = new Set(classes.map(({ path }) => path));
    expect(Object.keys(SUBJECTS).sort(), 'docs/site/error-advice.ts').toEqual([...files].sort());
  });

  test('finds the classes that the library exports', () => {
    const exported = Object.entries(library).flatMap(([name, value]) =>
      typeof value === 'function' && value.prototype instanceof library.BiomedClipError ? [name] : [],
    );
    const found = classes.filter((error) => error.exported).map(({ name }) => name);
    expect(found.sort()).toEqual([...exported, 'BiomedClipError'].sort());
  });

  test('shows each message', () => {
    const silent = classes.filter(({ name, message }) => message === '' && name !== 'UsageError');
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe('the page of commands', () => {
  test('has each option of each command', async () => {
    const page = await commandsPage();
    const program = await wholeProgram();
    const gap = program.commands.find((command) => command.name() === 'gap');
    expect(gap?.options.length).toBeGreaterThan(5);
    for (const command of program.commands) {
      const section = page.split(`\n## ${command.name()}\n`)[1]?.split('\n## ')[0] ?? '';
      for (const { flags, hidden } of command.options.filter((option) => !option.hidden)) {
        expect(
          hidden || section.includes(`\`${flags.replaceAll('|', '\\|')}\``),
          `${command.name()} ${flags}`,
        ).toBe(true);
      }
    }
    expect(page).toMatch(
      /`--resamples <n>` \| bootstrap resamples \| an integer of at least 0 \| `1000` \| resamples \| Efron 1979 \|/,
    );
    expect(page).toMatch(/`--timeout <seconds>` .*\| `60` \| seconds \|/);
    expect(page).toMatch(/`--perplexity <p>` .*\| `30` \| neighbours \| scikit-learn's TSNE \|/);
    expect(page).toMatch(/--model <[^`]*`.*\| the embedded model \|/);
  });
});

describe('the page of options', () => {
  const options = libraryOptions();

  test('finds options and their defaults in the comments', () => {
    const known = (of: string, name: string) =>
      options.find((option) => option.of === of && option.name === name);
    expect(defaultOf(known('TsneOptions', 'perplexity')?.doc ?? { text: '' })).toBe('30');
    expect(defaultOf(known('TsneOptions', 'learningRate')?.doc ?? { text: '' })).toBe('`auto`');
    expect(known('LoadOptions', 'dtype')?.type).toBe('Dtype');
    expect(known('LoadOptions', 'imageSize')?.doc.source).toBe("open_clip's `force_image_size`");
  });

  test('has the unit of every number, or that it has none', () => {
    const numbers = options.filter(({ type }) => /^(number|HeadScale)\b/.test(type));
    expect(numbers.length).toBeGreaterThan(30);
    const silent = numbers.filter(({ doc }) => !doc.unit).map(({ of, name }) => `${of}.${name}`);
    expect(silent, 'Unit: pixels. or Unit: none. in the doc comment').toEqual([]);
  });
});

describe('the page of statistics', () => {
  test('cites papers that have an entry, and has no entry that nothing cites', () => {
    const page = statisticsPage(); // throws for a citation without an entry
    for (const { name } of [...GAP_STATISTICS, ...QUALITY_MEASURES]) expect(page).toContain(`\`${name}\``);
    for (const { key } of REFERENCES) expect(page, key).toContain(`**${key}**`);
  });

  test('sees citations of one, two and more authors', () => {
    const text = 'a (Hotelling 1936; Gong et al. 2014), b; Järvelin and Kekäläinen 2002';
    expect(citationsIn(text)).toEqual(['Hotelling 1936', 'Gong et al. 2014', 'Järvelin and Kekäläinen 2002']);
  });
});

describe('diagrams', () => {
  test('are pictures that load nothing', () => {
    const page = diagram('flowchart TD\n  a["src/model [B, D] rows"] --> b["src/device<br/>the GPU"]');
    const [, encoded = ''] = /base64,([^"]*)/.exec(page) ?? [];
    const svg = Buffer.from(encoded, 'base64').toString();
    for (const label of ['src/model [B, D] rows', 'src/device', 'the GPU']) expect(svg).toContain(label);
    expect(svg.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });
});

describe('the page of memory', () => {
  test('halves the matrices in f16, again in q8, and grows with the batch', async () => {
    const [f32, f16, q8] = [
      await plannedMemory('f32'),
      await plannedMemory('f16'),
      await plannedMemory('q8'),
    ];
    const parameters = 195_902_721; // of BiomedCLIP
    expect(f32.weights / (4 * parameters)).toBeGreaterThan(1);
    expect(f32.weights / (4 * parameters)).toBeLessThan(1.02);
    expect(f16.weights / f32.weights).toBeCloseTo(0.5, 2);
    expect(q8.weights / f32.weights).toBeGreaterThan(0.26);
    expect(q8.weights / f32.weights).toBeLessThan(0.3);
    expect(f32.images(32) / f32.images(16)).toBeCloseTo(2, 1);
    expect(f32.images(8)).toBe(f16.images(8));
  });
});

describe('the code on the pages', () => {
  const blocks = codeBlocks();
  const folder = join(ROOT, 'out/docs-code');
  beforeAll(async () => {
    for (const [file, code] of filesOf(blocks)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), code);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('fits the library’s types', () => {
    const files = filesOf(blocks).map(([file]) => join(folder, file));
    expect(files.length).toBeGreaterThan(8);
    expect(typeErrors(files)).toEqual([]);
  });

  // Their types are checked above with the rest; what they print, there.
  test('that is a file of the examples is run by their test', async () => {
    const included = blocks.flatMap(({ included }) => included ?? []);
    expect(included.length).toBeGreaterThan(8);
    const own = await readFile(join(ROOT, 'test/examples.test.ts'), 'utf8');
    const runs = (path: string) => own.includes(`linesOf('${path.replace('examples/', '')}'`);
    const asPart = /^examples\/(node\/pairs\.mjs|worker\/browser\/[\w-]+\.ts)$/; // of a script, and of a page
    const idle = included.filter((path) => !runs(path) && !asPart.test(path));
    expect(idle).toEqual([]);
  });

  test.each(runnable(blocks))('%s runs as it stands', async (file) => {
    const output = await runBlock(folder, file);
    expect(output).toMatch(/\d/);
  });
});

/** Needs a network, so it is only type-checked. */
const FROM_THE_HUB = /\.load\('[\w.-]+\/[\w.-]+'/;

/** What another program reads; it prints nothing. */
const CONFIGURATION = /^export default \{/;

/** Another library's, shown beside ours. */
const FOREIGN = /^\/\/ transformers\.js$/m;

/** Each file that the pages show, by its name, a shown file once; blocks without a name are files by page and line. */
function filesOf(blocks: readonly CodeBlock[]): [file: string, code: string][] {
  return blocks
    .filter(({ code }) => !FOREIGN.test(code))
    .map(({ file, page, line, code }) => [file ?? `${page.replaceAll(/\W+/g, '-')}-${line}.mjs`, code]);
}

/** What the TypeScript compiler says: scripts for Node against Node's entry, TypeScript against the browser's. */
function typeErrors(files: readonly string[]): string[] {
  const shared: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['@webgpu/types', 'node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const paths = (entry: string) => ({
    'biomedclip-webgpu': [join(ROOT, entry)],
    'biomedclip-webgpu/plots': [join(ROOT, 'src/plots/index.ts')],
    react: [join(ROOT, 'node_modules/preact/compat/src/index.d.ts')], // hooks of the same types
  });
  const scripts = {
    ...shared,
    strict: false,
    allowJs: true,
    checkJs: true,
    paths: paths('src/index.ts'),
  };
  const jsx = { jsx: ts.JsxEmit.ReactJSX, jsxImportSource: 'preact' };
  const modules = { ...shared, ...jsx, strict: true, paths: paths('src/index.ts') };
  const isScript = (file: string) => file.endsWith('.mjs');
  return [
    ...diagnostics(files.filter(isScript), scripts),
    ...diagnostics(
      files.filter((file) => !isScript(file)),
      modules,
    ),
  ];
}

function diagnostics(files: readonly string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram([...files, join(ROOT, 'src/text-files.d.ts')], options);
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText }) => {
        const { line = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
        return `${file}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      },
    );
  });
}

/** Scripts for Node that only a page has. */
function runnable(blocks: readonly CodeBlock[]): string[] {
  return filesOf(blocks.filter(({ included }) => included === undefined))
    .filter(([file, code]) => file.endsWith('.mjs') && !FROM_THE_HUB.test(code) && !CONFIGURATION.test(code))
    .map(([file]) => file);
}

/** Runs it from source, with Node's entry in place of the package's name. */
async function runBlock(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  const code = (await readFile(path, 'utf8'))
    .replaceAll("from 'biomedclip-webgpu'", `from '${join(ROOT, 'src/index.ts')}'`)
    .replaceAll("from 'biomedclip-webgpu/plots'", `from '${join(ROOT, 'src/plots/index.ts')}'`);
  const started = join(folder, `run-${file}`);
  await writeFile(started, code);
  const loader = join(ROOT, 'from-source.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', loader, started], {
    cwd: folder,
  });
  return stdout;
}
