/** WebGPU's flag values, fixed by its specification: Node has no `GPUBufferUsage` and the like as globals. */
export const BufferUsage = {
  MAP_READ: 1,
  MAP_WRITE: 2,
  COPY_SRC: 4,
  COPY_DST: 8,
  UNIFORM: 64,
  STORAGE: 128,
  QUERY_RESOLVE: 512,
} as const;
export const MAP_MODE_READ = 1;
export const MAP_MODE_WRITE = 2;
export const SHADER_STAGE_COMPUTE = 4;
