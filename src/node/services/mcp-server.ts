import { extname } from 'node:path';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type {
  CallToolResult,
  ReadResourceResult,
  ServerNotification,
  ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { BiomedClipError } from '../../errors.ts';
import { readImageHeader } from '../../image/header.ts';
import { cautionOf } from '../provenance.ts';
import { RequestLimitError } from './errors.ts';
import type { IndexOptions } from './folder-index.ts';
import { TOOLS, type ToolInput, type ToolName, type ToolOutput } from './mcp-shapes.ts';
import { TEXT } from './mcp-text.ts';
import { RUN, uriOf } from './mcp-tools.ts';
import type { Services } from './services.ts';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Bytes of an image that is given to a client. */
const MOST_IMAGE_BYTES = 8 * 1024 * 1024;

const DESCRIPTIONS: { readonly [N in ToolName]: string } = {
  list_images: 'List the folders of images, or the images of one folder, page by page.',
  embed: 'Embed texts and images into one space. For looking, use search or compare instead.',
  search: 'Find the images of the folders that are most alike to a text or to an image, by cosine.',
  compare: 'Cosines of images with texts, or of images, or texts, among each other.',
  zero_shot:
    'Which of the labels fits each image best: softmax(logit scale x cosine), or for models with a logit bias sigmoid(logit scale x cosine + bias) of each label. No diagnosis: labels that are not among ' +
    'those given have no probability.',
};

/** An MCP server that is not connected yet. */
export function createMcpServer(
  services: Services,
  version: string,
  report: (error: unknown) => void,
): McpServer {
  const server = new McpServer(
    { name: 'biomedclip-webgpu', version },
    {
      instructions:
        `Images and texts compared by their embeddings: of BiomedCLIP, or of the model that results name. Folders: ${services.folders.names.join(', ') || 'none'}. ` +
        'Images are named by folder and path within it.',
    },
  );
  for (const name of Object.keys(TOOLS) as ToolName[]) register(server, name, services, report);
  registerImages(server, services);
  return server;
}

function register<N extends ToolName>(
  server: McpServer,
  name: N,
  services: Services,
  report: (error: unknown) => void,
): void {
  const { input, output } = TOOLS[name];
  const annotations = { readOnlyHint: true, openWorldHint: false, idempotentHint: true };
  const handle = async (given: unknown, extra: Extra): Promise<CallToolResult> => {
    try {
      const result = await RUN[name](services, given as ToolInput<N>, optionsOf(extra));
      return { structuredContent: result, content: await contentOf(name, result, services) };
    } catch (error) {
      if (!(error instanceof BiomedClipError)) report(error);
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { isError: true, content: [{ type: 'text', text }] };
    }
  };
  server.registerTool(
    name,
    { description: DESCRIPTIONS[name], inputSchema: input, outputSchema: output, annotations },
    handle,
  );
}

/** The request's cancellation, and its progress if the client asked for it. */
function optionsOf({ signal, _meta, sendNotification }: Extra): IndexOptions {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return { signal };
  return {
    signal,
    onProgress(progress, total) {
      const message = `embedding images: ${progress} of ${total}`;
      const params = { progressToken, progress, total, message };
      sendNotification({ method: 'notifications/progress', params }).catch(() => {}); // the client is gone
    },
  };
}

async function contentOf<N extends ToolName>(
  name: N,
  result: ToolOutput<N>,
  services: Services,
): Promise<CallToolResult['content']> {
  const note = name === 'list_images' ? '' : await noteOf(services); // a list need not wait for the model
  return [{ type: 'text', text: TEXT[name](result) + note }, ...linksOf(result)];
}

async function noteOf(services: Services): Promise<string> {
  const info = await services.info();
  const caution = cautionOf(info);
  return caution === undefined ? '' : `\n(${info.name}: ${caution})`;
}

/** The images that a search found, for a client that shows or opens them. */
function linksOf(result: object): CallToolResult['content'] {
  if (!('searched' in result)) return [];
  return (result as ToolOutput<'search'>).results.map(({ folder, image, uri }) => ({
    type: 'resource_link',
    uri,
    name: `${folder}/${image}`,
    mimeType: mimeTypeOf(image),
  }));
}

/** Lets a client read the images that results link to. */
function registerImages(server: McpServer, services: Services): void {
  const template = new ResourceTemplate('biomedclip://images/{folder}/{image}', { list: undefined });
  const metadata = { description: 'An image of a named folder; the path within it is percent-encoded.' };
  server.registerResource('image', template, metadata, async ({ href }, { folder, image }) => {
    if (typeof folder !== 'string' || typeof image !== 'string') throw new TypeError(`${href}: no image`);
    const id = decodeURIComponent(image);
    const { bytes } = await services.folders.get(folder).read(id);
    readImageHeader(bytes, `${folder}/${id}`); // what only has an image's name is not given out
    if (bytes.byteLength > MOST_IMAGE_BYTES) {
      throw new RequestLimitError('bytes of an image', bytes.byteLength, MOST_IMAGE_BYTES);
    }
    const content = { uri: uriOf({ folder, image: id }), mimeType: mimeTypeOf(id) };
    return {
      contents: [{ ...content, blob: Buffer.from(bytes).toString('base64') }],
    } satisfies ReadResourceResult;
  });
}

function mimeTypeOf(image: string): string {
  const type = extname(image).slice(1).toLowerCase();
  return `image/${{ jpg: 'jpeg', tif: 'tiff' }[type] ?? type}`;
}
