// Writes docs/study.png, the heatmap and the t-SNE map of a study side by side: `npm run docs:picture`
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { runCli } from '../src/node/commands/run-cli.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const [examples, study] = [pathOf('../examples/biomed'), pathOf('../out/study')];
process.exitCode = await runCli(['study', examples, '--first', '9', '--out', study], process);
if (process.exitCode === 0) await writePicture();

async function writePicture(): Promise<void> {
  const [heatmap, map] = await Promise.all([figure('heatmap'), figure('tsne')]);
  const size = { width: heatmap.width + map.width, height: Math.max(heatmap.height, map.height) };
  await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
    .composite([
      { input: heatmap.input, left: 0, top: 0 },
      { input: map.input, left: heatmap.width, top: 0 },
    ])
    .png({ palette: true, colours: 128, compressionLevel: 9 })
    .toFile(pathOf('study.png'));
}

async function figure(name: string): Promise<{ input: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(`${study}/figures/${name}-light.png`)
    .png()
    .toBuffer({ resolveWithObject: true });
  return { input: data, width: info.width, height: info.height };
}
