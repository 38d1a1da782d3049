// docs/study.png: heatmap and t-SNE map of a study side by side. After `npm run build`:
//   node dist/node/cli.js study examples/biomed --first 9 --out out/study && node docs/study-picture.mjs out/study
import sharp from 'sharp';

const [study = 'out/study'] = process.argv.slice(2);
const parts = await Promise.all(
  ['heatmap', 'tsne'].map(async (name) => {
    const picture = sharp(`${study}/figures/${name}-light.png`);
    const { width, height } = await picture.metadata();
    return { input: await picture.toBuffer(), width, height };
  }),
);
const [first, second] = parts;
const size = { width: first.width + second.width, height: Math.max(first.height, second.height) };
await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
  .composite([
    { input: first.input, left: 0, top: 0 },
    { input: second.input, left: first.width, top: 0 },
  ])
  .png({ palette: true, colours: 128, compressionLevel: 9 })
  .toFile(new URL('study.png', import.meta.url).pathname);
