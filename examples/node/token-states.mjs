// The final state of each of an image's patches: how like the class token each is, as a map of the image.
import { BiomedClip, releaseGpu, tokensOf } from 'biomedclip-webgpu';

const example = import.meta.resolve('biomedclip-webgpu/examples/biomed/08-brain-mri.png');
const model = await BiomedClip.load();
const { imageTokens } = await model.embedBatch({ images: [process.argv[2] ?? example] }, { output: 'tokens' });
const states = tokensOf(imageTokens, 0); // [1 + patches, dim]: the class token, then the patches row by row
const { dim } = imageTokens;
const token = (i) => states.subarray(i * dim, (i + 1) * dim);
const dot = (a, b) => a.reduce((sum, x, d) => sum + x * b[d], 0);
const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

const patches = states.length / dim - 1;
const side = Math.sqrt(patches);
const cosines = Array.from({ length: patches }, (_, i) => cosine(token(0), token(i + 1)));
const [low, high] = [Math.min(...cosines), Math.max(...cosines)];
console.log(`${side} x ${side} patches, cosine with the class token ${low.toFixed(3)} to ${high.toFixed(3)}`);
for (let row = 0; row < side; row++) {
  const line = cosines.slice(row * side, (row + 1) * side);
  console.log(line.map((c) => ' .:-=+*#%@'[Math.round((9 * (c - low)) / (high - low || 1))]).join(''));
}
model.destroy();
await releaseGpu();
