import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Entry, HERE } from './contents.ts';

/** What the archive is made from. */
export interface Origin {
  readonly version: string;
  /** Undefined outside a clone. */
  readonly commit: string | undefined;
}

/** The launcher, and the page that says how to use it. */
export async function writtenFiles(origin: Origin, entries: readonly Entry[]): Promise<Entry[]> {
  const windows = process.platform === 'win32';
  const launcher = await readFile(new URL(windows ? 'launcher.cmd' : 'launcher.sh', import.meta.url));
  const name = windows ? 'biomedclip-webgpu.cmd' : 'biomedclip-webgpu';
  return [
    { path: name, executable: true, read: async () => launcher },
    textEntry('README.txt', await readMe(origin, entries)),
  ];
}

/** What `sha256sum -c SHA256SUMS` reads: every file but itself. */
export async function checksums(entries: readonly Entry[]): Promise<Entry> {
  const lines: string[] = [];
  for (const { path, read } of entries) {
    lines.push(
      `${createHash('sha256')
        .update(await read())
        .digest('hex')}  ${path}\n`,
    );
  }
  return textEntry('SHA256SUMS', lines.join(''));
}

function textEntry(path: string, text: string): Entry {
  const bytes = new TextEncoder().encode(text);
  return { path, executable: false, read: async () => bytes };
}

async function readMe({ version, commit }: Origin, entries: readonly Entry[]): Promise<string> {
  const glibc = await newestSymbols(entries, /GLIBC_2\.(\d+)/g);
  const cpp = await newestSymbols(entries, /GLIBCXX_3\.4\.(\d+)/g);
  const loader = entries.some(({ path }) => path === 'lib/libvulkan.so.1');
  return `biomedclip-webgpu ${version} for ${HERE}${commit ? `, commit ${commit}` : ''}, with Node ${process.version}
Nothing is installed and nothing is fetched: all of it runs from this folder, without a network.

  ./biomedclip-webgpu doctor
  ./biomedclip-webgpu zero-shot examples/biomed/0?-*.png --labels-file examples/biomed/subjects.txt
  ./biomedclip-webgpu bench gpu -o gpu.json
  ./biomedclip-webgpu bench pipeline
  ./biomedclip-webgpu --help

Needed on the machine
${glibc && cpp ? `  glibc 2.${glibc} and libstdc++ 6.0.${cpp} (GLIBCXX_3.4.${cpp}) or newer, as Debian 12, Ubuntu 22.04 and what came later have.\n` : ''}  The GPU's driver with Vulkan. Without a GPU: Mesa's lavapipe, 23 or newer.
  ${
    loader
      ? 'No Vulkan loader: the system’s libvulkan.so.1 is used where there is one, else lib/libvulkan.so.1 of this folder.'
      : process.platform === 'linux'
        ? 'The Vulkan loader, libvulkan.so.1 (Debian: libvulkan1; Red Hat: vulkan-loader), which the machine that made this archive lacked.'
        : 'No Vulkan loader.'
  }

Models
  The one in weights/default is small, trained on drawings, and NOT a medical model. For BiomedCLIP copy the directory of a
  download beside this folder and pass it: ./biomedclip-webgpu embed scans/ --model BiomedCLIP/ --out out

Benchmarks
  ONNX Runtime is in here. NumPy, scikit-learn, UMAP and PyTorch are measured against where /usr/bin/python3 has them (by
  bench gpu PyTorch of the python3 in the path, too).

What is not in here
  The packages that serve, mcp, worker, export --lancedb and s3:// need, and SwiftShader.

Check
  sha256sum --quiet -c SHA256SUMS
`;
}

/** The newest version of a library's symbols that a native file asks for; undefined where there is none, as on macOS. */
async function newestSymbols(entries: readonly Entry[], symbols: RegExp): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  let newest = 0;
  for (const { path, read } of entries) {
    if (!/(\.node|\.so(\.\d+)*|^bin\/node)$/.test(path)) continue;
    const text = Buffer.from(await read()).toString('latin1');
    for (const [, version] of text.matchAll(symbols)) newest = Math.max(newest, Number(version));
  }
  return newest > 0 ? String(newest) : undefined;
}
