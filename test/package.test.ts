import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDist } from './support/dist-lock.ts';

// The package as users get it: packed, unpacked into an empty folder beside its declared dependencies and nothing else.

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const NAME = 'biomedclip-webgpu';

let folder: string;
let example: string;
/** SHA-256 of each built file before this test built them again. */
let builtBefore: ReadonlyMap<string, string>;
let builtAgain: ReadonlyMap<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-package-'));
  const packed = await withDist(async () => {
    builtBefore = await digestsIn(join(root, 'dist'));
    await rm(join(root, 'dist'), { recursive: true, force: true }); // packing has to build it
    const result = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
    builtAgain = await digestsIn(join(root, 'dist'));
    return result;
  });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  await mkdir(join(folder, 'node_modules', NAME), { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(folder, 'node_modules', NAME)]);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const typings = ['@webgpu/types', '@types/node', 'undici-types'];
  await Promise.all(
    Object.keys({ ...dependencies, ...peerDependencies })
      .concat(typings)
      .map(linkPackage),
  );
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function digestsIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const digests = files.sort().map(async (file) => {
    const digest = createHash('sha256').update(await readFile(file));
    return [relative(directory, file), digest.digest('hex')] as const;
  });
  return new Map(await Promise.all(digests));
}

async function linkPackage(name: string): Promise<void> {
  const link = join(folder, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(join(root, 'node_modules', name), link);
}

async function nodeOutput(file: string, text: string): Promise<string> {
  await writeFile(join(folder, file), text);
  return (await run(process.execPath, [file], { cwd: folder })).stdout;
}

/** As Node prints the example's matrix. */
function matrixOf(printed: string): number[] {
  return (/\[([^[\]]*)\]/.exec(printed)?.[1] ?? '').split(',').map(Number);
}

function expectOwnCaptionsNearest(matrix: readonly number[]): void {
  const [chestChest = 0, chestBrain = 0, brainChest = 0, brainBrain = 0] = matrix;
  expect(matrix).toHaveLength(4);
  expect(chestChest).toBeGreaterThan(chestBrain);
  expect(brainBrain).toBeGreaterThan(brainChest);
}

test('a second build of the same sources has the same bytes', () => {
  expect(builtBefore.size, 'nothing is built: npm run build').toBeGreaterThan(0);
  expect(builtAgain, 'or the sources changed since: npm run build').toEqual(builtBefore);
});

test('what is packed: the built files with their licences, and folders that are named, whole', async () => {
  const packed = [...(await digestsIn(join(folder, 'node_modules', NAME))).keys()];
  const named = ['examples/biomed', 'fonts', 'recipes', 'shaders', 'weights/default'];
  const built = [
    /^dist\/(browser|node)\/[\w.-]+\.js$/,
    /^dist\/node\/cli\.cjs$/, // the command, which sets the thread pool before any module is read
    /^dist\/browser\/[\w-]+\.d\.ts$/,
    /^dist\/(charls|echarts|libjpeg-turbo|modality-map|openjpeg)\.js$/,
    /^dist\/(modality-map\.d\.ts|sbom\.cdx\.json)$/,
    /^dist\/licences\/.*\/(licen[cs]e|notice|copyright|package\.txt)/i,
  ];
  const others = packed.filter(
    (file) =>
      !built.some((pattern) => pattern.test(file)) && !named.some((one) => file.startsWith(`${one}/`)),
  );
  expect(others).toEqual(['LICENSE', 'README.md', 'package.json']);
  const { stdout } = await run('git', ['ls-files', ...named], { cwd: root });
  const tracked = stdout.trim().split('\n');
  expect(packed.filter((file) => named.some((one) => file.startsWith(`${one}/`)))).toEqual(tracked.sort());
});

describe('the README’s first example', () => {
  test('runs as it is pasted', async () => {
    expectOwnCaptionsNearest(matrixOf(await nodeOutput('example.mjs', example)));
  });

  test('and in a worker', async () => {
    await writeFile(join(folder, 'in-worker.mjs'), example);
    const start = `new (require('node:worker_threads').Worker)('./in-worker.mjs');`;
    expectOwnCaptionsNearest(matrixOf(await nodeOutput('worker.cjs', start)));
  });
});

describe('native code', () => {
  test('is not loaded until it is needed', async () => {
    const printed = await nodeOutput(
      'lazy.mjs',
      `const opened = [];
       const { dlopen } = process;
       process.dlopen = (module, file, ...rest) => { opened.push(file); return dlopen(module, file, ...rest); };
       const { shiftModalities, similarityMatrix } = await import('${NAME}');
       const rows = { data: new Float32Array([1, 0, 0, 1]), rows: 2, dim: 2 };
       shiftModalities(rows, rows, 1);
       const before = opened.length;
       await similarityMatrix(rows, rows);
       console.log(JSON.stringify([before, opened.some((file) => /dawn\\.node$/.test(file)) ? 1 : 0]));`,
    );
    expect(matrixOf(printed)).toEqual([0, 1]);
  });

  test.each([
    ['--help', false],
    ['gap a.npy b.npy --json', true],
  ])('is loaded by `%s` if it computes, and what draws by neither', async (line, computes) => {
    await nodeOutput(
      'rows.mjs',
      `import { npyBytes } from '${NAME}';
       import { writeFileSync } from 'node:fs';
       const rows = (data) => npyBytes({ data: Float32Array.from(data), rows: 4, dim: 2 });
       writeFileSync('a.npy', rows([1, 0, 0, 1, 0.6, 0.8, 0.8, 0.6]));
       writeFileSync('b.npy', rows([0, 1, 1, 0, 0.8, 0.6, 0.6, 0.8]));`,
    );
    await writeFile(
      join(folder, 'hooks.mjs'),
      `import { appendFileSync } from 'node:fs';
       export async function load(url, context, next) { appendFileSync('loaded.txt', url + '\\n'); return next(url, context); }`,
    );
    await writeFile(
      join(folder, 'watch.mjs'),
      `import { register } from 'node:module';\nregister('./hooks.mjs', import.meta.url);`,
    );
    const command = `node_modules/${NAME}/dist/node/cli.js`;
    await run(process.execPath, ['--import', './watch.mjs', command, ...line.split(' ')], { cwd: folder });
    const loaded = await readFile(join(folder, 'loaded.txt'), 'utf8');
    await rm(join(folder, 'loaded.txt'));
    expect(loaded).toContain('/dist/node/cli.js');
    expect(/\/webgpu\//.test(loaded)).toBe(computes);
    expect(loaded).not.toMatch(/echarts|figures|resvg|pdf|sharp/);
  });

  test.each([
    ['webgpu', 'BiomedClip.load()'],
    [
      'sharp',
      `model().then((m) => m.embedBatch({ images: [example('07-chest-x-ray.png')] }, { onError: 'skip' }))`,
    ],
  ])('%s missing is an error that names it', async (missing, call) => {
    await rm(join(folder, 'node_modules', missing));
    const printed = await nodeOutput(
      'missing.mjs',
      `import { BiomedClip, NativePackageError } from '${NAME}';
       const model = () => BiomedClip.load();
       const example = (file) => import.meta.resolve('${NAME}/examples/biomed/' + file);
       const failure = await ${call}.catch((error) => error);
       console.log(failure instanceof NativePackageError, failure.packageName, failure.message);
       process.exit();`,
    ).finally(() => linkPackage(missing));
    expect(printed).toMatch(`true ${missing} ${missing}, which is needed for`);
    expect(printed).toContain('npm install --include=optional');
  });

  test.each([
    ['webgpu', `dist/${process.platform}-${process.arch}/dawn.node`, 'BiomedClip.load()'],
    ['sharp', 'index.js', `BiomedClip.load().then((m) => m.embedBatch({ images: [example] }))`],
  ])('%s that does not load is an error that names it', async (broken, file, call) => {
    const installed = join(folder, 'node_modules', broken);
    await rm(installed);
    await mkdir(dirname(join(installed, file)), { recursive: true });
    await cp(join(root, 'node_modules', broken, 'package.json'), join(installed, 'package.json'));
    if (broken === 'webgpu')
      await cp(join(root, 'node_modules/webgpu/index.js'), join(installed, 'index.js'));
    else
      await writeFile(
        join(installed, 'package.json'),
        `{ "name": "sharp", "type": "module", "main": "index.js" }`,
      );
    await writeFile(join(installed, file), `throw new Error('built for another system\\nadvice');`);
    const printed = await nodeOutput(
      'broken.mjs',
      `import { BiomedClip, NativePackageError } from '${NAME}';
       const example = import.meta.resolve('${NAME}/examples/biomed/07-chest-x-ray.png');
       const failure = await ${call}.catch((error) => error);
       console.log(failure instanceof NativePackageError, failure.packageName, failure.message);
       process.exit();`,
    ).finally(() => rm(installed, { recursive: true }).then(() => linkPackage(broken)));
    expect(printed).toMatch(`true ${broken} ${broken}, which is needed for`);
    expect(printed).toMatch(
      /cannot be loaded on \w+ \w+: .*(built for another system|dawn\.node).*; install/,
    );
  });

  test('what draws figures missing ends a study before it embeds', async () => {
    await rm(join(folder, 'node_modules/@resvg/resvg-js'));
    const failure = await run(
      process.execPath,
      [
        `node_modules/${NAME}/dist/node/cli.js`,
        'study',
        `node_modules/${NAME}/examples/biomed`,
        '-o',
        'study',
      ],
      { cwd: folder },
    )
      .catch((error) => error)
      .finally(() => linkPackage('@resvg/resvg-js'));
    expect(failure.stderr).toMatch(
      /^NativePackageError: @resvg\/resvg-js, which is needed for drawing figures as PNG/,
    );
    expect(existsSync(join(folder, 'study'))).toBe(false);
  });
});

test('another version of the optional package is passed over, or named', async () => {
  const link = join(folder, 'node_modules/@sparticuz/chromium');
  await rm(link);
  await mkdir(join(link, 'build'), { recursive: true });
  await writeFile(join(link, 'package.json'), `{ "version": "153.0.0", "exports": "./build/index.js" }`);
  await writeFile(join(link, 'build/index.js'), '');
  const printed = await nodeOutput(
    'other-version.mjs',
    `import { BiomedClip } from '${NAME}';
     const model = await BiomedClip.load(undefined, { adapter: 'swiftshader' }).catch((error) => error);
     console.log(model instanceof Error ? String(model) : 'another SwiftShader');
     process.exit();`,
  ).finally(() => rm(link, { recursive: true }).then(() => linkPackage('@sparticuz/chromium')));
  expect(printed).toMatch(
    /^another SwiftShader|^NoAdapterError: .*153\.0\.0.*npm install @sparticuz\/chromium@147\.0\.0/,
  );
});

test('without the optional package and a driver, the error says what to add', async () => {
  await rm(join(folder, 'node_modules/@sparticuz/chromium'));
  const printed = await nodeOutput(
    'no-driver.mjs',
    `import { BiomedClip } from '${NAME}';
     console.log(String(await BiomedClip.load(undefined, { adapter: 'Voodoo 2' }).catch((error) => error)));`,
  ).finally(() => linkPackage('@sparticuz/chromium'));
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(printed).toContain('NoAdapterError');
  expect(printed).toContain(`npm install @sparticuz/chromium@${devDependencies['@sparticuz/chromium']}`);
});

test('CommonJS can require it', async () => {
  const printed = await nodeOutput(
    'required.cjs',
    `const { BiomedClip } = require('${NAME}');
     (async () => {
       const model = await BiomedClip.load();
       const { texts } = await model.embedBatch({ texts: ['pie chart'] });
       console.log(JSON.stringify([Math.hypot(...texts.data)]));
       model.destroy();
     })();`,
  );
  expect(matrixOf(printed)[0]).toBeCloseTo(1, 5);
});

test('Node and browsers get the same names, which one declaration file types', async () => {
  const names = (platform: string) =>
    `Object.keys(await import('./node_modules/${NAME}/dist/${platform}/index.js')).sort()`;
  const printed = await nodeOutput(
    'names.mjs',
    `console.log(JSON.stringify([${names('node')}, ${names('browser')}]))`,
  );
  const [node, browser] = JSON.parse(printed);
  expect(node).toContain('clearCache');
  expect(browser).toEqual(node);
});

const CONSUMER = `
import { BiomedClip, clearCache, type LoadOptions, similarityMatrix } from '${NAME}';
import type { PixelSource, SimilarityOptions, SubgroupMatrix } from '${NAME}';
import { tsneMap } from '${NAME}/plots';
export async function use(device: GPUDevice, unknown: SimilarityOptions): Promise<string> {
  const options: LoadOptions = { device, dtype: 'f16' };
  await using model = await BiomedClip.load('a folder, under bundlers’ rules too', options);
  const { images, texts } = await model.embedBatch({ images: ['a.png'], texts: ['a'] });
  const { data }: { data: Float32Array } = await similarityMatrix(images, texts);
  const either = await similarityMatrix(images, texts, unknown);
  await clearCache();
  return tsneMap.name + data.length + either.rows;
}
export type Named = PixelSource | SubgroupMatrix;
// @ts-expect-error a source of a wrong type
BiomedClip.load(5);
// @ts-expect-error no device
BiomedClip.load(undefined, { device: 5 });
`;

// TypeScript 5 has no WebGPU of its own. From 6 on it has, and @webgpu/types clashes with it, whoever imports what.
describe.each([
  ['typescript-oldest', ['es2022'], []],
  ['typescript-oldest', ['es2022', 'dom'], ['@webgpu/types', 'node']],
  ['typescript', ['es2022'], []],
  ['typescript', ['es2022'], ['node']],
  ['typescript', ['es2022', 'dom'], ['node']],
])('types for %s with %j and %j', (compiler, lib, types) => {
  test.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('module %s, resolution %s, libraries checked', async (module, moduleResolution) => {
    await writeFile(join(folder, 'consumer.mts'), CONSUMER);
    const config = {
      compilerOptions: {
        ...{ module, moduleResolution, target: 'es2022', lib, types },
        ...{ strict: true, noEmit: true, skipLibCheck: false },
      },
      files: ['consumer.mts'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', compiler, 'bin', 'tsc');
    const printed = await run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch((error) => error);
    expect(printed.stdout).toBe('');
  });
});

test('a bundler for browsers emits the embedded model', async () => {
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./page.js"></script>');
  await writeFile(join(folder, 'page.js'), `import { BiomedClip } from '${NAME}';\nBiomedClip.load();`);
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false },
  });
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []));
  const weights = outputs.find(({ fileName }) => fileName.endsWith('.safetensors'));
  const original = await readFile(join(root, 'weights/default/open_clip_model.safetensors'));
  expect(weights?.type === 'asset' && Buffer.compare(Buffer.from(weights.source), original)).toBe(0);
});

test('no install script downloads anything', async () => {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const agents = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/global-agent'));
  expect(agents).toEqual(['node_modules/global-agent']); // else onnxruntime-node has one of its own
  expect(lock.packages['node_modules/global-agent'].link).toBe(true);
  expect(existsSync(join(root, '.npmrc'))).toBe(false); // ignore-scripts there would switch prepack off, too
});
