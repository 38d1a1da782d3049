/** A shard as a job of the queue. */
export interface QueuedShard {
  /** The shard's id. */
  readonly id: string;
  /** Its place in the plan. */
  readonly index: number;
}

export interface QueueSettings {
  /** `redis://host:port`, of Redis or Valkey. */
  readonly url: string;
  readonly name: string;
  /** Milliseconds for which a taken shard is this worker's, unless it is renewed. */
  readonly lock: number;
}

/** What the worker says to the thread that has the queue. */
export type ToQueue =
  | { readonly kind: 'offer'; readonly shards: readonly QueuedShard[] }
  | { readonly kind: 'renew'; readonly id: string }
  | { readonly kind: 'end'; readonly id: string }
  | { readonly kind: 'close' };

/** And what it hears. */
export type FromQueue =
  | { readonly kind: 'ready' }
  | { readonly kind: 'shard'; readonly shard: QueuedShard }
  /** In answer to `renew`. */
  | { readonly kind: 'renewed'; readonly id: string; readonly isHeld: boolean }
  | { readonly kind: 'trouble'; readonly message: string };
