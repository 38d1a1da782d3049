// On the server, which runs it when the page is exported: a drawn image, and a picture that a native package decodes.
import { cosines } from '../../program.js';

export const dynamic = 'force-static';

export async function GET() {
  const picture = 'node_modules/biomedclip-webgpu/examples/biomed/07-chest-x-ray.png';
  return Response.json([await cosines(), await cosines([picture])]);
}
