/** Takes a file's bytes in order. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Takes whole files by name. The file is complete when the promise resolves. */
export interface DirectorySink {
  write(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
}
