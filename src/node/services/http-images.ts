import type { z } from '@hono/zod-openapi';
import { UrlNotAllowedError } from '../errors.ts';
import { RequestFieldError } from './errors.ts';
import type { Image } from './http-shapes.ts';
import type { ImageRef } from './image-refs.ts';

/**
 * The image that a request gives or names.
 * @param index its place among the request's images
 * @throws {RequestFieldError} for what is neither base64 nor a base64 data: URL, nor an http(s) URL
 * @throws {UrlNotAllowedError}
 */
export function imageRef(image: z.output<typeof Image>, index: number, allowUrls: boolean): ImageRef {
  if (typeof image === 'string') return bytesOf({ data: image }, index);
  if ('folder' in image) return image;
  if ('data' in image) return bytesOf(image, index);
  const { id = String(index), url } = image;
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new RequestFieldError(`images[${index}].url`, 'must be an http(s) URL');
  }
  if (!allowUrls) throw new UrlNotAllowedError(url);
  return { id, name: id, url };
}

export function fileRef(file: File, bytes: ArrayBuffer, index: number): ImageRef {
  const id = file.name || String(index);
  return { id, name: id, bytes: new Uint8Array(bytes) };
}

function bytesOf({ id, data }: { id?: string; data: string }, index: number): ImageRef {
  const [, base64 = data] = /^data:[^,]{0,200};base64,(.*)$/s.exec(data) ?? [];
  if (base64 === '' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) {
    throw new RequestFieldError(`images[${index}]`, 'must be base64, or a data: URL in base64');
  }
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  return { id: id ?? String(index), name: id ?? `image ${index}`, bytes };
}
