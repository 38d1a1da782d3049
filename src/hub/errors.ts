import { BiomedClipError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';

/** What to run on a machine that has a network. */
function downloadCommand(repo: string): string {
  return `\`hf download ${repo} --local-dir biomedclip\``;
}

/** The hub gives no answer: there is no network, or it is out of order. `cause` is the failure. */
export class HubUnreachableError extends BiomedClipError {
  static override readonly name: string = 'HubUnreachableError';

  constructor(
    readonly repo: string,
    readonly endpoint: string,
    readonly reason: string,
    /** Where else was looked: Node's cache folder. */
    readonly cacheFolder: string | undefined,
    options?: ErrorOptions,
  ) {
    const looked = cacheFolder === undefined ? '' : `, and ${cacheFolder} does not hold all of it`;
    super(
      `${repo}: ${endpoint} cannot be reached (${reason})${looked}; try again, or where there is a network run ` +
        `${downloadCommand(repo)} and load that directory`,
      options,
    );
  }
}

/** Offline mode, and the cache does not hold the checkpoint. */
export class HubOfflineError extends BiomedClipError {
  static override readonly name: string = 'HubOfflineError';

  constructor(
    readonly repo: string,
    readonly revision: string,
    readonly cacheFolder: string,
    /** Files that the cached snapshot lacks; undefined if there is no snapshot of the revision. */
    readonly missing: readonly string[] | undefined,
  ) {
    const lacks = missing ? `lacks ${missing.join(' and ')} of it` : 'does not hold it';
    super(
      `${repo}@${revision}: HF_HUB_OFFLINE is set, and ${cacheFolder} ${lacks}; unset it, or where there is a network ` +
        `run ${downloadCommand(repo)} and load that directory`,
    );
  }
}

/** The hub has no such model, or hides it. */
export class HubRepositoryNotFoundError extends BiomedClipError {
  static override readonly name: string = 'HubRepositoryNotFoundError';

  constructor(
    readonly repo: string,
    readonly endpoint: string,
    readonly withToken: boolean,
    /** Whether a directory of that name was looked for before. */
    readonly directoryTried: boolean,
  ) {
    const tried = directoryTried ? 'there is neither such a directory here nor a model' : 'there is no model';
    const advice = withToken
      ? 'check the name, and that the token may read it'
      : 'check the name; a private one needs a token: `hf auth login`, HF_TOKEN, or the option hub.token';
    super(`${repo}: ${tried} of that name at ${endpoint}; ${advice}`);
  }
}

/** A model that only some may read: its licence must be accepted, or the token is not valid for it. */
export class HubAccessError extends BiomedClipError {
  static override readonly name: string = 'HubAccessError';

  constructor(
    readonly repo: string,
    readonly endpoint: string,
    readonly status: number,
    readonly withToken: boolean,
  ) {
    const advice = withToken
      ? `accept its terms at ${endpoint}/${repo} with the account of the token, or use another token`
      : `accept its terms at ${endpoint}/${repo}, then give a token: \`hf auth login\`, HF_TOKEN, or the option hub.token`;
    super(`${repo}: ${endpoint} refuses access (${status}); ${advice}`);
  }
}

/** The model has no such branch, tag or commit. */
export class HubRevisionNotFoundError extends BiomedClipError {
  static override readonly name: string = 'HubRevisionNotFoundError';

  constructor(
    readonly repo: string,
    readonly revision: string,
    readonly endpoint: string,
  ) {
    super(
      `${repo}: has no revision ${excerpt(revision)}; ${endpoint}/${repo}/commits/main lists its commits, and a ` +
        'revision is a branch, a tag or a whole commit hash',
    );
  }
}

/** An answer that the hub would not give, as of a proxy's login page. `cause` says what failed, where something did. */
export class HubAnswerError extends BiomedClipError {
  static override readonly name: string = 'HubAnswerError';

  constructor(
    readonly url: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${url}: ${problem}; check HF_ENDPOINT and the proxy`, options);
  }
}

/** A model of another kind: it has no files that can be loaded. */
export class HubNoCheckpointError extends BiomedClipError {
  static override readonly name: string = 'HubNoCheckpointError';

  constructor(
    readonly repo: string,
    readonly revision: string,
    /** Each entry a file, or several of which one would do. */
    readonly missing: readonly string[],
  ) {
    super(
      `${repo}@${revision}: is no CLIP in the layout of open_clip or transformers: it has no ${missing.join(', and no ')}; ` +
        'conversions for ONNX or GGUF cannot be loaded',
    );
  }
}

/** What was downloaded is not what the hub lists; it was removed. */
export class HubFileHashError extends BiomedClipError {
  static override readonly name: string = 'HubFileHashError';

  constructor(
    readonly file: string,
    readonly algorithm: 'SHA-256' | 'git SHA-1',
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `${file}: the download is damaged: its ${algorithm} must be ${expected}, got ${actual}; it was removed, so load ` +
        'again, and check the proxy if that does not help',
    );
  }
}

/** A warning: the hub could not be asked which commit is the newest, and the one that is cached is loaded. */
export class HubNotAskedError extends BiomedClipError {
  static override readonly name: string = 'HubNotAskedError';

  constructor(
    readonly repo: string,
    readonly revision: string,
    /** The cached commit. */
    readonly commit: string,
    cause: Error,
  ) {
    super(
      `${repo}@${revision}: loaded from the cache at commit ${commit}, which may not be the newest: ${cause.message}`,
      { cause },
    );
  }
}

/** A warning: the cached snapshot lacks files of which nobody knows, without the network, whether the model has them. */
export class HubUnknownFilesError extends BiomedClipError {
  static override readonly name: string = 'HubUnknownFilesError';

  constructor(
    readonly repo: string,
    readonly commit: string,
    readonly files: readonly string[],
  ) {
    super(
      `${repo}@${commit}: the cached snapshot has no ${files.join(' and no ')}, which may change how captions are read; ` +
        'load it once with a network to find out whether the model has any',
    );
  }
}
