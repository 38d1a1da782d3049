// A drawn image, and a picture that a native package decodes.
import { cosines } from './program.js';

const picture = import.meta.resolve('biomedclip-webgpu/examples/biomed/07-chest-x-ray.png');
console.log(JSON.stringify(await cosines()));
console.log(JSON.stringify(await cosines([picture])));
