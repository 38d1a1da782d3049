/** What commands on vectors read, for their help. */
export const VECTOR_FILES = 'vectors, one a row: .npy, .npz, .safetensors or .parquet (file#name of several)';
