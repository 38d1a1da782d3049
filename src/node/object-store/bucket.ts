import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { callError, isConflict, isMissing, isTaken, systemReason } from './call-errors.ts';
import { ObjectStoreError } from './errors.ts';

/** What tells an object from another of that key. */
export interface ObjectFacts {
  readonly size: number;
  readonly etag: string;
}

export interface ListedObject extends ObjectFacts {
  readonly key: string;
}

/** Milliseconds. */
export interface Patience {
  /** Without a byte, after which a call is tried again. */
  readonly silence: number;
  /** Before the second try; each later one waits up to twice as long. */
  readonly pause: number;
}

const PATIENCE: Patience = { silence: 30_000, pause: 100 };

function retryToken(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

/**
 * A bucket of S3, or of a store that speaks its protocol. Credentials, region, endpoint and number of tries are those of
 * the AWS client's environment and files.
 */
export class Bucket {
  readonly #client: S3Client;

  constructor(
    readonly name: string,
    private readonly patience = PATIENCE,
  ) {
    const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
    this.#client = new S3Client({
      forcePathStyle: endpoint !== undefined, // stores of one's own rarely have a host name a bucket
      requestHandler: { connectionTimeout: 10_000, socketTimeout: patience.silence },
      // The client's own strategy has one budget for all calls, which answers such as "taken" never give back.
      retryStrategy: {
        acquireInitialRetryToken: async () => retryToken(0),
        refreshRetryTokenForRetry: async (token, { errorType }) => {
          const tried = token.getRetryCount() + 1;
          const isPassing = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
          if (!isPassing || tried >= (await this.#tries())) throw new Error('not to be tried again'); // the call's error is thrown
          await this.#pause(tried);
          return retryToken(tried);
        },
        recordSuccess: () => {},
      },
    });
  }

  at(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /**
   * Stores an object unless there is one of that key.
   * @returns whether this call stored it, also where the answer to its first try was lost
   */
  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const writer = randomUUID();
    for (let attempt = 1; ; attempt++) {
      const taken = await this.#put(key, bytes, writer, attempt < (await this.#tries()));
      if (taken === undefined) await this.#pause(attempt);
      else if (!taken) return true;
      else {
        const there = await this.#head(key);
        if (there) return there.Metadata?.writer === writer; // else it was removed meanwhile
        if (attempt >= (await this.#tries())) {
          throw new ObjectStoreError(this.at(key), 'written', 'its name is taken, and nothing has it');
        }
        await this.#pause(attempt);
      }
    }
  }

  /** @returns whether the key is taken; undefined where another write of it is under way, if that may be tried again */
  async #put(key: string, bytes: Uint8Array, writer: string, again: boolean): Promise<boolean | undefined> {
    const object = { Bucket: this.name, Key: key, Body: bytes, Metadata: { writer } };
    try {
      await this.#client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
      return false;
    } catch (cause) {
      if (isTaken(cause)) return true;
      if (isConflict(cause) && again) return undefined;
      throw callError(this, key, 'written', cause);
    }
  }

  /** Undefined where there is none. */
  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#read(key, {}))?.bytes;
  }

  /** With its ETag. Undefined where there is none. */
  getVersion(key: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined> {
    return this.#read(key, {});
  }

  /** Bytes of an object that is still as `facts` say. @throws {FileChangedError} */
  async getRange(key: string, { etag }: ObjectFacts, offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array();
    const range = { IfMatch: etag, Range: `bytes=${offset}-${offset + length - 1}` };
    const read = await this.#read(key, range, length);
    if (!read) throw new ObjectStoreError(this.at(key), 'read', 'it is gone');
    return read.bytes;
  }

  /** The client tries a call again until its answer begins; what breaks off later is tried again here. */
  async #read(
    key: string,
    range: Pick<GetObjectCommandInput, 'Range' | 'IfMatch'>,
    length?: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#client
        .send(new GetObjectCommand({ Bucket: this.name, Key: key, ...range }))
        .catch((cause: unknown) => {
          if (isMissing(cause)) return undefined;
          throw callError(this, key, 'read', cause);
        });
      if (!answer) return undefined;
      const expected = length ?? answer.ContentLength;
      const bytes = await answer.Body?.transformToByteArray().catch((cause: unknown) => cause);
      if (bytes instanceof Uint8Array && bytes.length === expected) return { bytes, etag: answer.ETag ?? '' };
      if (attempt >= (await this.#tries())) {
        const came = bytes instanceof Uint8Array ? bytes.length : undefined;
        const reason =
          came === undefined ? systemReason(bytes) : `${came} of ${expected ?? 'unsaid'} bytes came`;
        throw new ObjectStoreError(this.at(key), 'read', reason, { cause: bytes });
      }
      await this.#pause(attempt);
    }
  }

  /** Undefined where there is none. */
  async facts(key: string): Promise<ObjectFacts | undefined> {
    const head = await this.#head(key);
    return head && { size: head.ContentLength ?? 0, etag: head.ETag ?? '' };
  }

  async #head(key: string) {
    return this.#client
      .send(new HeadObjectCommand({ Bucket: this.name, Key: key }))
      .catch((cause: unknown) => {
        if (isMissing(cause)) return undefined;
        throw callError(this, key, 'read', cause);
      });
  }

  /** The objects whose keys begin so, in the order of their keys; without those below a further slash unless `deep`. */
  async list(prefix: string, { deep = false } = {}): Promise<ListedObject[]> {
    const asked = { Bucket: this.name, Prefix: prefix, ...(!deep && { Delimiter: '/' }) };
    const objects: ListedObject[] = [];
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, asked)) {
        for (const { Key = '', Size = 0, ETag = '' } of Contents) {
          objects.push({ key: Key, size: Size, etag: ETag });
        }
      }
    } catch (cause) {
      throw callError(this, prefix, 'listed', cause);
    }
    return objects;
  }

  /** There may be none of that key. */
  async remove(key: string): Promise<void> {
    await this.#client
      .send(new DeleteObjectCommand({ Bucket: this.name, Key: key }))
      .catch((cause: unknown) => {
        throw callError(this, key, 'removed', cause);
      });
  }

  /** Of the client’s settings: AWS_MAX_ATTEMPTS, or `max_attempts` in its file. */
  #tries(): Promise<number> {
    return this.#client.config.maxAttempts();
  }

  /** By chance, so that workers that were refused together do not come again together. */
  async #pause(attempt: number): Promise<void> {
    await after(Math.random() * Math.min(20_000, this.patience.pause * 2 ** attempt));
  }
}
