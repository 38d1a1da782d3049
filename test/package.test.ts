import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The package as users get it: packed, unpacked into an empty folder beside its declared dependencies and nothing else.

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const NAME = 'biomedclip-webgpu';

let folder: string;
let example: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-package-'));
  await rm(join(root, 'dist'), { recursive: true, force: true }); // packing has to build it
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  await mkdir(join(folder, 'node_modules', NAME), { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(folder, 'node_modules', NAME)]);
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await Promise.all(Object.keys(dependencies).map(linkPackage));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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

const CONSUMER = `
import { BiomedClip, type LoadOptions, similarityMatrix } from '${NAME}';
import { tsneMap } from '${NAME}/plots';
export async function use(device: GPUDevice): Promise<string> {
  const options: LoadOptions = { device, dtype: 'f16' };
  await using model = await BiomedClip.load(undefined, options);
  const { images, texts } = await model.embedBatch({ images: ['a.png'], texts: ['a'] });
  const { data }: { data: Float32Array } = await similarityMatrix(images, texts);
  return tsneMap.name + data.length;
}
// @ts-expect-error a source of a wrong type
BiomedClip.load(5);
`;

describe.each(['typescript-oldest', 'typescript'])('types for %s', (compiler) => {
  test.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('module %s, resolution %s, libraries checked', async (module, moduleResolution) => {
    await writeFile(join(folder, 'consumer.mts'), CONSUMER);
    const compilerOptions = { module, moduleResolution, target: 'es2022', lib: ['es2022'], types: [] };
    const config = {
      compilerOptions: { ...compilerOptions, strict: true, noEmit: true, skipLibCheck: false },
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
