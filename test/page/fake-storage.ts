/** Stands in for a browser's private file system: files in memory, with as much room as a test says. */
export class FakeFolder {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly folders = new Map<string, FakeFolder>();

  /** @param room shared by all folders */
  constructor(readonly room = { bytes: Number.POSITIVE_INFINITY }) {}

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeFolder> {
    if (!this.folders.has(name) && create) this.folders.set(name, new FakeFolder(this.room));
    return this.folders.get(name) ?? missing();
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    if (!this.files.has(name) && create) this.files.set(name, new Uint8Array());
    if (!this.files.has(name)) missing();
    return new FakeFile(this, name);
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name) && !this.folders.delete(name)) missing();
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.files.keys(), ...this.folders.keys()];
  }

  /** As the page takes it. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle; // what the page uses of it is there
  }
}

class FakeFile {
  constructor(
    private readonly folder: FakeFolder,
    private readonly name: string,
  ) {}

  async getFile(): Promise<File> {
    return new File([this.folder.files.get(this.name) ?? missing()], this.name);
  }

  async createWritable() {
    const parts: Blob[] = [];
    return {
      write: async (content: Blob) => {
        this.folder.room.bytes -= content.size;
        if (this.folder.room.bytes < 0) throw new DOMException('full', 'QuotaExceededError');
        parts.push(content);
      },
      close: async () => {
        this.folder.files.set(this.name, new Uint8Array(await new Blob(parts).arrayBuffer()));
      },
      abort: async () => {},
    };
  }
}

function missing(): never {
  throw new DOMException('there is none', 'NotFoundError');
}

/** Web Locks within a test: one writer, or any readers, at a time and in turn. */
export class FakeLocks {
  #last: Promise<unknown> = Promise.resolve();
  /** How many work at once. */
  most = 0;
  #now = 0;

  readonly request = (async (_: string, __: object, work: () => Promise<unknown>) => {
    const before = this.#last;
    const mine = before.then(async () => {
      this.#now += 1;
      this.most = Math.max(this.most, this.#now);
      try {
        return await work();
      } finally {
        this.#now -= 1;
      }
    });
    this.#last = mine.catch(() => {});
    return mine;
  }) as LockManager['request'];
}
